"""Freezing: the plan over rows, and that frozen parts of real models do not move by a bit."""

import pytest
import torch
from torch import nn

from core.models import catalogue
from core.models.build import build_model
from core.models.freezing import (
    apply_freeze,
    counts,
    last_stage,
    rows_of,
    set_trains,
    stages,
    train_mode,
    trains,
    tree_states,
)
from core.models.heads import head_paths
from core.models.summary_skeleton import build_skeleton
from core.recipe import FreezePlan

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


def test_longest_exception_wins():
    plan = FreezePlan(
        preset="linear_probe",
        exceptions=(("layer4", True), ("layer4.1", False), ("layer4.1.bn2", True)),
    )
    answer = {name: trains(plan, name, HEAD, ())
              for name in ("layer4.0.conv1", "layer4.1.conv1", "layer4.1.bn2", "layer3", "fc")}
    assert answer == {"layer4.0.conv1": True, "layer4.1.conv1": False, "layer4.1.bn2": True,
                      "layer3": False, "fc": True}


def test_names_match_whole_parts():
    plan = FreezePlan(preset="linear_probe", exceptions=(("features.1", True),))
    assert trains(plan, "features.1.conv", ("classifier",), ())
    assert not trains(plan, "features.10.conv", ("classifier",), ())
    assert not trains(plan, "fc2", HEAD, ())


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
    assert last_stage(rows, head_paths(name)) == expected


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
    last = last_stage(rows_of(model), head)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    two_steps(model, size)
    after = model.state_dict()
    moved = {key for key in before if not torch.equal(before[key], after[key])}
    frozen = {key for key in before if not trains(plan, key.rpartition(".")[0], head, last)}
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
