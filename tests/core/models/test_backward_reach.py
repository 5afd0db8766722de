"""How far gradients go: against PyTorch's own counter and against really trained steps."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from core.messages import ThawError
from core.models import freezing
from core.models.backward_reach import BackwardReach, backward_reach
from core.models.build import build_architecture
from core.models.catalogue import find_model
from core.models.heads import head_paths, replace_head
from core.models.summary import summarize
from core.models.summary_skeleton import build_skeleton
from core.recipe import LINEAR_HEAD, FreezePlan
from core.training.objective import loss_of

CLASSES = 5
PROBE = FreezePlan(preset="linear_probe")
# One of each family that is small enough to be really run; those with fixed sides at their own.
FAMILIES = {
    "alexnet": 64, "convnext_tiny": 32, "densenet121": 32, "efficientnet_b0": 32,
    "googlenet": 64, "inception_v3": 299, "mnasnet0_5": 32, "mobilenet_v2": 32,
    "mobilenet_v3_small": 32, "regnet_y_400mf": 32, "resnet18": 32, "shufflenet_v2_x0_5": 32,
    "squeezenet1_1": 32, "swin_t": 32,
}
# A block in the middle of each, by its name.
MIDDLE = {
    "alexnet": "features.6", "convnext_tiny": "features.3.1", "densenet121":
    "features.denseblock2.denselayer3.conv1", "efficientnet_b0": "features.4.1",
    "googlenet": "inception4b.branch3", "inception_v3": "Mixed_6b.branch7x7_2",
    "mnasnet0_5": "layers.10.1", "mobilenet_v2": "features.8", "mobilenet_v3_small": "features.5",
    "regnet_y_400mf": "trunk_output.block3.block3-1", "resnet18": "layer3.0.downsample",
    "shufflenet_v2_x0_5": "stage3.2", "squeezenet1_1": "features.7.expand1x1",
    "swin_t": "features.5.1.attn",
}


def reach(name: str, plan: FreezePlan, side: int = 224) -> BackwardReach:
    weights = find_model(name).default_weights
    return backward_reach(
        name, weights, (3, side, side), CLASSES, plan, head_paths(name, weights)
    )


def thawed(name: str) -> FreezePlan:
    """A part in the middle and the head."""
    return FreezePlan(preset="linear_probe", exceptions=((MIDDLE[name], True),))


def frozen_as(model: torch.nn.Module, name: str, plan: FreezePlan) -> torch.nn.Module:
    freezing.apply_freeze(model, plan, head_paths(name, find_model(name).default_weights))
    freezing.train_mode(model)
    return model


def skeleton(name: str, plan: FreezePlan) -> torch.nn.Module:
    entry = find_model(name)
    model = build_skeleton(name, entry.find_weights(entry.default_weights), CLASSES)
    return frozen_as(model, name, plan)


# --- against PyTorch ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "preset"),
    [("resnet18", "linear_probe"), ("resnet18", "last_stage"), ("resnet18", "all"),
     ("densenet121", "last_stage"), ("googlenet", "all"), ("swin_t", "last_stage"),
     ("vit_b_32", "all"), ("vgg11", "last_stage"), ("squeezenet1_1", "all")],
)
def test_macs_are_those_of_the_real_backward_pass(name: str, preset: str) -> None:
    """PyTorch's counter on the real `backward()`; it is wrong for grouped convolutions alone."""
    plan = FreezePlan(preset=preset)
    model = skeleton(name, plan)
    with FlopCounterMode(display=False) as counter:
        outputs = model(torch.empty(2, 3, 224, 224, device="meta"))
        forward = counter.get_total_flops()
        loss_of(outputs, torch.empty(2, dtype=torch.long, device="meta"), 0.0).backward()
    total = reach(name, plan).total
    assert total.forward == forward // 4  # two inputs, two operations a multiply-add
    assert total.backward == (counter.get_total_flops() - forward) // 4


@pytest.mark.parametrize("name", FAMILIES)
def test_gradients_go_where_they_go_in_a_model_that_really_runs(name: str) -> None:
    entry, side, plan = find_model(name), FAMILIES[name], thawed(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build_architecture(name, entry.find_weights(entry.default_weights))
        replace_head(model, name, CLASSES, LINEAR_HEAD, seed=0)
        frozen_as(model, name, plan)
        entered: set[str] = set()
        for own, module in model.named_modules():
            if not module._modules:
                module.register_forward_hook(watching(own, entered))
        outputs = model(torch.randn(2, 3, side, side))
        loss_of(outputs, torch.tensor([0, 1]), 0.0).backward()
    got = {own for own, one in model.named_parameters() if one.grad is not None}
    found = reach(name, plan, side)
    assert found.params == sum(p.numel() for own, p in model.named_parameters() if own in got)
    assert found.unreached == sum(
        p.numel() for own, p in model.named_parameters() if p.requires_grad and own not in got
    )
    ran = {own for own, one in model.named_modules() if not one._modules}
    # A module that hands its input on untouched (Identity, Dropout in eval) has no operation;
    # swin's `qkv` and `proj` do not run themselves: the attention around them reads their weights.
    assert {one for one in found.reached & ran if "attn" not in one} <= entered
    assert {own.rpartition(".")[0] for own in got} <= found.reached
    assert freezing.lineage(found.boundary)[1:] and found.boundary.startswith(MIDDLE[name])


def watching(name: str, entered: set[str]):
    def hook(_module, _inputs, output) -> None:
        if output.requires_grad:
            output.register_hook(lambda _grad: entered.add(name))

    return hook


# --- what presets reach -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "vit_b_16"])
def test_a_linear_probe_touches_the_head_alone(name: str) -> None:
    found = reach(name, PROBE)
    weights = find_model(name).default_weights
    head = head_paths(name, weights)[0]
    rows = summarize(name, weights, num_classes=CLASSES).rows
    assert found.boundary == head
    assert {one for one in found.reached if head not in freezing.lineage(one)} == set(
        freezing.lineage(head)[:-1]
    )
    assert (found.total.to_inputs, found.total.to_weights) == (
        0, next(row.macs for row in rows if row.name == head)
    )


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "mobilenet_v3_small", "convnext_tiny"])
def test_all_is_all_of_it(name: str) -> None:
    found = reach(name, FreezePlan(preset="all"))
    assert found.total == found.full and found.step_share == 1.0
    # Every product once for the weights; for the inputs all but those that read the picture.
    assert found.full.to_weights == found.full.forward
    assert 0.8 < found.full.to_inputs / found.full.forward < 1.0
    assert found.before == found.feature_bytes == 0


def test_a_stage_in_the_middle_takes_gradients_down_to_it_and_no_further() -> None:
    found = reach("resnet18", FreezePlan(preset="linear_probe", exceptions=(("layer3", True),)))
    assert found.boundary == "layer3.0.conv1"
    assert {"layer3", "layer4", "fc"} <= found.reached
    assert not {"conv1", "layer1", "layer2"} & found.reached
    # Frozen, but on the way: it hands gradients on and computes none of its weights.
    between = found.within("layer4")
    assert between.to_weights == 0 and between.to_inputs == between.forward > 0
    below = found.within("layer2")
    assert below.backward == 0 < below.forward


def test_a_branch_beside_the_trainable_one_stays_out_of_the_backward_pass() -> None:
    plan = FreezePlan(preset="linear_probe", exceptions=(("inception4b.branch3", True),))
    found = reach("googlenet", plan)
    assert found.boundary == "inception4b.branch3.0.conv"
    beside = {"inception4b.branch1", "inception4b.branch2", "inception4b.branch4"}
    assert not beside & found.reached
    assert "inception4c.branch1.conv" in found.reached


def test_a_shortcut_hands_gradients_past_a_frozen_block() -> None:
    plan = FreezePlan(preset="linear_probe", exceptions=(("layer2.0.conv1", True),))
    found = reach("resnet18", plan)
    assert found.boundary == "layer2.0.conv1"
    assert "layer2.0.downsample.0" not in found.reached


def test_what_does_not_run_is_not_reached() -> None:
    """Only batch normalisation trains; nothing of the products before it does."""
    plan = FreezePlan(preset="linear_probe", exceptions=(("fc", False), ("layer4.1.bn2", True)))
    found = reach("resnet18", plan)
    assert found.boundary == "layer4.1.bn2"
    assert found.total.backward == found.within("fc").forward == CLASSES * 512
    none = reach("resnet18", FreezePlan(preset="linear_probe", exceptions=(("fc", False),)))
    assert (none.boundary, none.total.backward, none.params) == ("", 0, 0)


# --- what could be kept -------------------------------------------------------------------


def test_features_are_what_the_frozen_part_hands_on() -> None:
    probe = reach("resnet18", PROBE)
    assert probe.feature_bytes == 512 * 4
    assert probe.before == probe.total.forward - 512 * CLASSES
    last = reach("resnet18", FreezePlan(preset="last_stage"))
    assert last.feature_bytes == 256 * 14 * 14 * 4  # layer3's output, once for both ways into it


def test_a_dropout_that_trains_is_behind_what_could_be_kept() -> None:
    plan = FreezePlan(preset="linear_probe")
    model = skeleton("vgg11", plan)
    assert model.classifier[5].training and not model.classifier[2].training
    assert reach("vgg11", plan).feature_bytes == 4096 * 4


def test_a_norm_whose_statistics_move_ends_what_could_be_kept() -> None:
    from core.models.backward_reach import reach_of
    from core.models.backward_recording import graph_of

    graph = graph_of(skeleton("resnet18", PROBE), torch.empty(2, 3, 64, 64, device="meta"))
    model = skeleton("resnet18", PROBE)
    assert reach_of(graph, model).before > 0
    model.train()  # the naive way: requires_grad alone
    found = reach_of(graph, model)
    assert found.before == found.within("conv1").forward  # in front of the first BatchNorm
    assert found.boundary == "fc"


def test_a_norm_without_statistics_of_its_own_ends_it_too_though_frozen() -> None:
    from core.models.backward_reach import reach_of
    from core.models.backward_recording import graph_of

    def kept(norm: torch.nn.Module) -> int:
        layers = [torch.nn.Conv2d(3, 4, 3), norm, torch.nn.Conv2d(4, 4, 3), torch.nn.Flatten()]
        model = torch.nn.Sequential(*layers, torch.nn.Linear(4 * 4 * 4, 2)).to("meta")
        graph = graph_of(model, torch.empty(2, 3, 8, 8, device="meta"))
        model[:3].requires_grad_(False)
        freezing.train_mode(model)
        return reach_of(graph, model).feature_bytes

    assert kept(torch.nn.BatchNorm2d(4)) == 4 * 4 * 4 * 4  # behind the second convolution
    assert kept(torch.nn.InstanceNorm2d(4)) == 4 * 4 * 4 * 4
    assert kept(torch.nn.BatchNorm2d(4, track_running_stats=False)) == 4 * 4 * 6 * 6
    assert kept(torch.nn.BatchNorm2d(4, affine=False, track_running_stats=False)) == 4 * 4 * 6 * 6


def test_an_input_that_only_eval_can_take_gets_a_sentence() -> None:
    assert summarize("inception_v3", "IMAGENET1K_V1", input_size=(3, 224, 224)).rows
    with pytest.raises(ThawError) as error:
        reach("inception_v3", PROBE, side=224)
    assert error.value.problem.id == "models.input_refused"
    assert "inception_v3" in str(error.value)
