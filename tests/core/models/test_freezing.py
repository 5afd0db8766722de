"""Freezing: the plan over rows, and that frozen parts of real models do not move by a bit."""

import random

import pytest
import torch
from torch import nn

from core.messages import ThawError
from core.models import catalogue
from core.models.build import build_model
from core.models.freeze_names import is_pattern, matching, parameters_of, within
from core.models.freezing import (
    apply_freeze,
    counts,
    last_stages,
    rows_of,
    ruling,
    set_trains,
    stages,
    train_mode,
    tree_states,
)
from core.models.heads import head_paths
from core.models.summary_skeleton import build_skeleton
from core.recipe import FreezePlan, HeadSpec

HEAD = ("fc",)
PROBE = FreezePlan(preset="linear_probe")


@pytest.fixture(scope="module")
def resnet():
    return rows_of(build_skeleton("resnet18", None, num_classes=10))


# --- the plan ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "preset, on",
    [
        ("linear_probe", {"fc"}),
        ("last_stage", {"layer4", "fc"}),
        ("last_stages", {"layer3", "layer4", "fc"}),
        ("all", {"conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc"}),
        ("from_scratch", {"conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc"}),
    ],
)
def test_presets(resnet, preset, on):
    plan = FreezePlan(preset=preset)
    states = tree_states(resnet, plan, HEAD)
    assert {name for name in stages(resnet) if states[name] == "on"} == on
    assert {name for name in stages(resnet) if states[name] == "off"} == set(stages(resnet)) - on
    assert states[""] == ("on" if len(on) == 7 else "mixed")
    assert "relu" not in states and "layer1.0.relu" not in states


@pytest.mark.parametrize("count, first", [(1, "layer4"), (3, "layer2"), (4, "layer1"), (5, "conv1"),
                                          (99, "conv1")])
def test_the_last_k_stages(resnet, count, first):
    names = stages(resnet)
    assert last_stages(resnet, HEAD, count) == names[names.index(first):]
    plan = FreezePlan(preset="last_stages", stages=count)
    states = tree_states(resnet, plan, HEAD)
    assert [name for name in names if states[name] == "on"] == list(names[names.index(first):])


def test_longest_exception_wins(resnet):
    plan = FreezePlan(
        preset="linear_probe",
        exceptions=(("layer4", True), ("layer4.1", False), ("layer4.1.bn2", True),
                    ("layer4.1.bn2.bias", False), ("layer3.0.conv1.weight", True)),
    )
    trains = ruling(plan, resnet, HEAD).trains
    answer = {name: trains(name) for name in (
        "layer4.0.conv1.weight", "layer4.1.conv1.weight", "layer4.1.bn2.weight",
        "layer4.1.bn2.bias", "layer3.0.conv1.weight", "layer3.0.bn1.weight", "fc.bias",
    )}
    assert list(answer.values()) == [True, False, True, False, True, False, True]


def test_names_match_whole_parts():
    rows = rows_of(build_skeleton("mobilenet_v3_small", None, num_classes=10))
    plan = FreezePlan(preset="linear_probe", exceptions=(("features.1", True),))
    trains = ruling(plan, rows, ("classifier.3",)).trains
    assert trains("features.1.block.0.0.weight")
    assert not trains("features.10.block.0.0.weight")
    assert not trains("classifier.30.weight")


def test_counts_add_up(resnet):
    whole = sum(row.params for row in resnet)
    probe = counts(resnet, PROBE, HEAD)
    assert (probe.trainable, probe.frozen) == (5130, whole - 5130)
    assert (probe.trainable_layers, probe.frozen_layers) == (1, 40)
    assert counts(resnet, FreezePlan(preset="all"), HEAD).frozen == 0


def test_switching_adds_an_exception_only_where_it_says_something_new(resnet):
    plan = set_trains(PROBE, resnet, HEAD, "layer4", True)
    assert plan.exceptions == (("layer4", True),)
    part = set_trains(plan, resnet, HEAD, "layer4.0.conv1", False)
    assert part.exceptions == (("layer4", True), ("layer4.0.conv1", False))
    assert tree_states(resnet, part, HEAD)["layer4.0"] == "mixed"
    assert tree_states(resnet, part, HEAD)["layer4.1"] == "on"
    assert set_trains(part, resnet, HEAD, "layer4.0.conv1", True) == plan
    assert set_trains(part, resnet, HEAD, "layer4", True) == plan
    assert set_trains(part, resnet, HEAD, "layer4", False) == PROBE


def test_switching_the_whole_model(resnet):
    on = set_trains(PROBE, resnet, HEAD, "", True)
    assert set(tree_states(resnet, on, HEAD).values()) == {"on"}
    off = set_trains(on, resnet, HEAD, "", False)
    assert set(tree_states(resnet, off, HEAD).values()) == {"off"}
    assert counts(resnet, off, HEAD).trainable == 0


def test_switching_what_has_no_parameters_changes_nothing(resnet):
    assert set_trains(PROBE, resnet, HEAD, "layer1.0.relu", True) == PROBE


def test_a_bias_alone_is_counted_and_makes_its_layer_mixed(resnet):
    plan = set_trains(PROBE, resnet, HEAD, "layer1.0.bn1.bias", True)
    assert plan.exceptions == (("layer1.0.bn1.bias", True),)
    states = tree_states(resnet, plan, HEAD)
    assert states["layer1.0.bn1"] == states["layer1"] == "mixed"
    found = counts(resnet, plan, HEAD)
    assert (found.trainable, found.trainable_layers) == (5130 + 64, 2)
    assert set_trains(plan, resnet, HEAD, "layer1.0.bn1", False) == PROBE


# --- patterns ----------------------------------------------------------------------------


def on(plan: FreezePlan, model: nn.Module, head=HEAD) -> set[str]:
    """Names of the parameters that really train under the plan."""
    apply_freeze(model, plan, head)
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


@pytest.mark.parametrize("pattern, chosen", [
    ("layer3.*", lambda name, module: name.startswith("layer3.")),
    ("*.bn2", lambda name, module: ".bn2." in name),
    ("*bias", lambda name, module: name.endswith("bias")),
    ("layer?.0.conv1", lambda name, module: name[6:] == ".0.conv1.weight"),
    ("type:BatchNorm2d", lambda name, module: isinstance(module, nn.BatchNorm2d)),
    ("type:Basic*", lambda name, module: name.startswith("layer")),
])
def test_a_pattern_trains_what_it_matches_and_nothing_else(pattern, chosen):
    model = build_skeleton("resnet18", None, num_classes=10)
    modules = dict(model.named_modules())
    expected = {
        name for name, _ in model.named_parameters()
        if name.startswith("fc.") or chosen(name, modules[name.rpartition(".")[0]])
    }
    assert on(FreezePlan(preset="linear_probe", exceptions=((pattern, True),)), model) == expected


def test_a_name_counts_before_a_pattern_and_a_longer_one_before_a_shorter(resnet):
    plan = FreezePlan(preset="linear_probe", exceptions=(
        ("layer?.0", True), ("layer1.0", False), ("*.0", False), ("layer2.0.bn?", False),
        ("layer2.0.bn2", True),
    ))
    trains = ruling(plan, resnet, HEAD).trains
    assert not trains("layer1.0.conv1.weight")
    assert trains("layer2.0.conv1.weight")
    assert not trains("layer2.0.bn1.weight")
    assert trains("layer2.0.bn2.weight")


def test_a_pattern_stays_one_exception_until_it_is_contradicted(resnet):
    plan = set_trains(PROBE, resnet, HEAD, "*.bn2", True)
    assert plan.exceptions == (("*.bn2", True),)
    assert set_trains(plan, resnet, HEAD, "*.bn2", True) == plan
    assert set_trains(plan, resnet, HEAD, "layer4", True).exceptions == (
        ("*.bn2", True), ("layer4", True),
    )
    part = set_trains(plan, resnet, HEAD, "layer1", False)
    assert ("*.bn2", True) not in part.exceptions
    states = tree_states(resnet, part, HEAD)
    assert states["layer1"] == "off" and states["layer2.0.bn2"] == "on"
    assert set_trains(part, resnet, HEAD, "*.bn2", False) == PROBE


def test_any_order_of_switches_gives_what_each_said_last(resnet):
    """Against the plainest rule: a table of parameters in which each switch overwrites."""
    names = ["layer4", "*.bn2", "layer4.1", "*bias", "layer1.0.bn2.bias", "type:BatchNorm2d", "",
             "layer?.1", "fc", "layer2.0.conv1"]
    chance = random.Random(0)
    for _ in range(40):
        plan = FreezePlan(preset=chance.choice(["linear_probe", "last_stage", "all"]))
        trains = ruling(plan, resnet, HEAD).trains
        table = {name: trains(name) for name, _ in parameters_of(resnet)}
        for _ in range(6):
            name, value = chance.choice(names), chance.random() < 0.5
            plan = set_trains(plan, resnet, HEAD, name, value)
            held = matching(name, resnet) if is_pattern(name) else (name,)
            table.update((own, value) for own in table if any(within(own, one) for one in held))
            trains = ruling(plan, resnet, HEAD).trains
            assert {own: trains(own) for own in table} == table, plan


@pytest.mark.parametrize("name, near", [
    ("layers4", "layer4"), ("layer4.1.bn3.bias", "layer4.1.bn2.bias"), ("*.bn9", "bn1"),
    ("layer9.*", "layer"), ("type:BatchNorm", "type:BatchNorm2d"), ("layer1.0.relu", "layer1.0"),
])
def test_a_name_that_the_model_lacks_is_an_error_and_changes_nothing(name, near):
    model = build_skeleton("resnet18", None, num_classes=10)
    before = on(PROBE, model)
    with pytest.raises(ThawError) as caught:
        apply_freeze(model, FreezePlan(exceptions=((name, True), ("fc", True))), HEAD)
    assert f"“{name}”" in str(caught.value)
    assert near in caught.value.problem.values["near"]
    assert {name for name, p in model.named_parameters() if p.requires_grad} == before


def test_a_dropout_around_the_head_leaves_its_names_as_they_are(resnet):
    plan = FreezePlan(preset="linear_probe", exceptions=(("fc.bias", False), ("bn1", True)))
    wrapped = build_skeleton("resnet18", None, num_classes=10, new_head=HeadSpec(dropout=0.5))
    assert on(plan, wrapped) == {"fc.1.weight", "bn1.weight", "bn1.bias"}
    for pattern in ("fc.*", "*.bias", "type:Linear", "fc.1.bias"):
        switched = FreezePlan(preset="all", exceptions=((pattern, False),))
        plain = on(switched, build_skeleton("resnet18", None, num_classes=10))
        assert {name.replace("fc.1.", "fc.") for name in on(switched, wrapped)} == plain
    assert counts(rows_of(wrapped), plan, HEAD) == counts(resnet, plan, HEAD)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("vgg16_bn", ("features.40", "features.41", "classifier")),
        ("densenet121", ("features.denseblock4", "features.norm5", "classifier")),
        ("mobilenet_v3_small", ("features.12", "classifier")),
        ("swin_t", ("features.7", "norm", "head")),
        ("vit_b_16", ("encoder.layers.encoder_layer_11", "encoder.ln", "heads")),
        ("inception_v3", ("Mixed_7c", "fc")),
        ("regnet_y_400mf", ("trunk_output.block4", "fc")),
    ],
)
def test_last_stage(name, expected):
    entry = catalogue.find_model(name).weights[-1]
    rows = rows_of(build_skeleton(name, entry, num_classes=10))
    assert last_stages(rows, head_paths(name), 1) == expected


# --- real models -------------------------------------------------------------------------

# Cheap members of families that freeze differently: BatchNorm, Dropout, both, neither.
SMALL = [("resnet18", 32), ("squeezenet1_1", 32), ("mobilenet_v3_small", 32),
         ("shufflenet_v2_x0_5", 32), ("efficientnet_b0", 32)]


def with_statistics(model: nn.Module, size: int) -> nn.Module:
    """The model after some forward passes, as if it were pretrained.

    A frozen BatchNorm that has seen nothing lets the signal of a random network die out, and
    behind it gradients are exactly zero.
    """
    model.train()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for _ in range(30):
            model(torch.randn(8, 3, size, size, generator=generator))
    return model


def two_steps(model: nn.Module, size: int) -> None:
    """Two steps of Adam, whose size does not follow the gradient: what has any, moves."""
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trainable, lr=0.01)
    generator = torch.Generator().manual_seed(0)
    for _ in range(2):
        train_mode(model)
        images = torch.randn(4, 3, size, size, generator=generator)
        loss = nn.functional.cross_entropy(model(images), torch.tensor([0, 1, 2, 0]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@pytest.mark.parametrize("preset", ["linear_probe", "last_stage"])
@pytest.mark.parametrize("name, size", SMALL)
def test_frozen_parts_do_not_move_by_a_bit(name, size, preset):
    model = with_statistics(build_model(name, "none", num_classes=3, seed=1).model, size)
    plan = FreezePlan(preset=preset)
    head = head_paths(name)
    apply_freeze(model, plan, head)
    trains = ruling(plan, rows_of(model), head).trains
    before = {key: value.clone() for key, value in model.state_dict().items()}
    two_steps(model, size)
    after = model.state_dict()
    moved = {key for key in before if not torch.equal(before[key], after[key])}
    frozen = {key for key in before if not trains(key)}
    assert not moved & frozen
    assert moved == set(before) - frozen  # buffers of BatchNorm are among them


def test_naive_freezing_lets_batch_statistics_drift():
    model = build_model("resnet18", "none", num_classes=3).model
    apply_freeze(model, PROBE, HEAD)
    before = model.bn1.running_mean.clone()
    model.train()
    with torch.no_grad():
        model(torch.randn(4, 3, 32, 32))
    assert not torch.equal(before, model.bn1.running_mean)


def modes(model: nn.Module) -> dict[str, bool]:
    return {name: module.training for name, module in model.named_modules()}


def test_dropout_goes_with_the_layer_it_feeds():
    model = build_skeleton("vgg11", None, num_classes=3)
    apply_freeze(model, PROBE, head_paths("vgg11"))
    train_mode(model)
    training = modes(model)
    assert not training["classifier.2"]  # between two frozen Linear layers
    assert training["classifier.5"]  # in front of the head
    assert training["classifier.6"] and training[""] and not training["features"]


def test_stochastic_depth_goes_with_the_block_before_it():
    model = build_skeleton("efficientnet_b0", None, num_classes=3)
    apply_freeze(model, FreezePlan(preset="linear_probe", exceptions=(("features.7", True),)),
                 head_paths("efficientnet_b0"))
    train_mode(model)
    training = modes(model)
    assert training["features.7.0.stochastic_depth"]
    assert not training["features.6.0.stochastic_depth"]
    assert not training["avgpool"] or training["classifier"]


def test_all_frozen_is_eval_and_all_trainable_is_train():
    model = build_skeleton("resnet18", None, num_classes=3)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    train_mode(model)
    assert not any(modes(model).values())
    apply_freeze(model, FreezePlan(preset="all"), HEAD)
    train_mode(model)
    assert all(modes(model).values())


def test_mode_of_an_earlier_plan_does_not_stay():
    model = build_skeleton("resnet18", None, num_classes=3)
    for plan in (PROBE, FreezePlan(preset="last_stage")):
        apply_freeze(model, plan, HEAD)
        train_mode(model)
    assert model.layer4.training and not model.layer3.training
