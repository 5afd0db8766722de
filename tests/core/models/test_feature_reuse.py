"""Whether features could be kept: the answer against features that are really computed twice."""

import pytest
import torch

from core.models import freezing
from core.models.backward_reach import BackwardReach, backward_reach
from core.models.build import build_architecture
from core.models.catalogue import find_model
from core.models.feature_reuse import FeatureReuse, feature_reuse
from core.models.heads import head_paths, replace_head
from core.recipe import LINEAR_HEAD, FreezePlan

CLASSES = 5


def reach(name: str, plan: FreezePlan, side: int = 32) -> BackwardReach:
    weights = find_model(name).default_weights
    return backward_reach(
        name, weights, (3, side, side), CLASSES, plan, head_paths(name, weights)
    )


def found(name: str, plan: FreezePlan, side: int = 32, augment: str = "none") -> FeatureReuse:
    return feature_reuse(
        reach(name, plan, side), augment=augment, frozen_modules=plan.frozen_modules
    )


def plan_of(preset: str, mode: str, *exceptions: tuple[str, bool]) -> FreezePlan:
    return FreezePlan(preset=preset, frozen_modules=mode, exceptions=exceptions)


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize(
    ("name", "preset", "side"),
    [("resnet18", "linear_probe", 32), ("resnet18", "last_stage", 32),
     ("mobilenet_v3_small", "linear_probe", 32), ("squeezenet1_1", "linear_probe", 64),
     ("efficientnet_b0", "last_stage", 32), ("swin_t", "linear_probe", 32)],
)
def test_it_is_possible_just_where_a_picture_gives_the_same_in_any_batch(
    name: str, preset: str, side: int, mode: str
) -> None:
    plan = plan_of(preset, mode)
    answer = found(name, plan, side)
    assert answer.is_possible == is_the_same_twice(name, plan, side)
    assert answer.is_possible == (mode == "eval" or name == "squeezenet1_1")  # it has no BatchNorm


def is_the_same_twice(name: str, plan: FreezePlan, side: int) -> bool:
    """Whether one picture among others, in two steps, enters the first trainable layer alike."""
    entry = find_model(name)
    inputs: list[torch.Tensor] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build_architecture(name, entry.find_weights(entry.default_weights))
        replace_head(model, name, CLASSES, LINEAR_HEAD, seed=0)
        freezing.apply_freeze(model, plan, head_paths(name, entry.default_weights))
        freezing.train_mode(model, plan.frozen_modules)
        before_dropout = "classifier.0" if name == "squeezenet1_1" else ""
        first = model.get_submodule(before_dropout or reach(name, plan, side).boundary)
        first.register_forward_pre_hook(lambda _, given: inputs.append(given[0][0].detach()))
        picture = torch.randn(1, 3, side, side)
        for _ in range(2):
            model(torch.cat([picture, torch.randn(3, 3, side, side)]))
    return torch.allclose(*inputs, rtol=1e-3, atol=1e-4)


def test_what_would_be_saved_is_what_lies_before() -> None:
    answer = found("resnet18", plan_of("linear_probe", "eval"), 224)
    assert (answer.is_possible, answer.bytes) == (True, 512 * 4)
    assert answer.saved > 0.99
    values = {"boundary": "fc", "size": "2.05 kB", "share": "over 99.9 %"}
    assert answer.why.values == values
    opened = feature_reuse(
        reach("resnet18", plan_of("linear_probe", "eval"), 224), augment="affine", draws=3,
        frozen_modules="eval", opens=4,
    )
    assert (opened.is_possible, opened.why.id) == (True, "features.opened")
    assert opened.why.values == {**values, "epoch": 4}
    last = found("resnet18", plan_of("last_stage", "eval"), 224)
    # Forward of layer4 is 411 M of 1814 M; backward twice that, but for the inputs it does not
    # hand on to what is frozen.
    assert 0.5 < last.saved < 0.7


@pytest.mark.parametrize(
    ("plan", "augment", "why"),
    [
        (plan_of("all", "eval"), "none", "features.nothing_frozen"),
        (plan_of("all", "train"), "none", "features.nothing_frozen"),
        # All but the very first layer is frozen, and everything comes after it.
        (plan_of("linear_probe", "eval", ("conv1", True)), "none", "features.nothing_frozen"),
        (plan_of("linear_probe", "eval", ("", False)), "none", "features.nothing_trains"),
        (plan_of("linear_probe", "eval"), "affine", "features.augmented"),
        (plan_of("linear_probe", "train"), "affine", "features.drifts"),
    ],
)
def test_why_not(plan: FreezePlan, augment: str, why: str) -> None:
    answer = found("resnet18", plan, augment=augment)
    assert (answer.is_possible, answer.why.id, answer.bytes) == (False, why, 0)


def test_the_naive_way_keeps_nothing_only_where_something_drifts() -> None:
    """alexnet has no BatchNorm, but its frozen Dropout is random in train mode."""
    assert found("alexnet", plan_of("linear_probe", "eval"), 64).is_possible
    assert found("alexnet", plan_of("linear_probe", "train"), 64).why.id == "features.drifts"
