"""What the Layers page says a plan brings: the backward pass, features, seconds an epoch."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import places
from core.recipe import FreezePlan, parse, with_value
from core.runs import folder
from core.training import measurements
from tests.core.conftest import SMALL
from tests.pages.app_page import open_page, quiet, with_recipe

PROBE = parse({
    "model": {"name": "resnet18", "weights": "IMAGENET1K_V1"},
    "freeze": {"preset": "linear_probe"}, "transform": {"augment": "none"},
})


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page(tmp_path, monkeypatch, "layers", PROBE)


def with_plan(at: AppTest, plan: FreezePlan) -> AppTest:
    return with_recipe(at, PROBE.model_copy(update={"freeze": plan}))


def metric(at: AppTest, label: str):
    return next(one for one in at.metric if label in one.label)


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.markdown, *at.caption])


def button(at: AppTest, label: str):
    return next(one for one in at.button if one.label == label)


def picture(at: AppTest) -> str:
    return next(one.proto.body for one in at.get("html") if "thaw-flow" in one.proto.body)


# --- at once ------------------------------------------------------------------------------


def test_the_backward_pass_follows_the_plan(at: AppTest) -> None:
    assert metric(at, "Backward pass").value == "under 0.01 %"
    assert "Gradients stop at `fc`" in words(at)
    assert "Computed backwards: fc." in picture(at)
    with_plan(at, FreezePlan(preset="linear_probe", exceptions=(("conv1", True),)))
    assert "Gradients stop at `conv1`" in words(at)
    assert "all of the model runs backwards" in words(at)
    # All hand gradients on; of the weights only the first layer's are computed.
    share = float(metric(at, "Backward pass").value.removesuffix(" %"))
    assert 48 < share < 56
    with_plan(at, FreezePlan(preset="all"))
    assert metric(at, "Backward pass").value == "100 %"
    with_plan(at, FreezePlan(preset="linear_probe", exceptions=(("fc", False),)))
    assert metric(at, "Backward pass").value == "0 %"
    assert "Gradients stop" not in words(at)
    assert "No stage is computed backwards" in picture(at)


def test_memory_of_the_update_follows_plan_and_optimiser(at: AppTest) -> None:
    with_plan(at, FreezePlan(preset="all"))
    card = metric(at, "Trainable")
    # 11.18 M parameters of 4 bytes: once for gradients, twice for what AdamW keeps.
    assert "134 MB to update" in card.delta
    assert "Gradients take 44.7 MB" in card.proto.help and "89.5 MB" in card.proto.help
    all_of_it = PROBE.model_copy(update={"freeze": FreezePlan(preset="all")})
    with_recipe(at, with_value(all_of_it, "optimizer.name", "sgd"))
    assert "89.5 MB to update" in metric(at, "Trainable").delta
    with_plan(at, FreezePlan(preset="linear_probe", exceptions=(("fc", False),)))
    assert metric(at, "Trainable").delta == "0 %, 0 B to update"


@pytest.mark.parametrize(
    ("plan", "augment", "said"),
    [
        (PROBE.freeze, "none", "Yes: all that comes before fc is frozen"),
        (PROBE.freeze, "affine", "the augmentation changes every picture"),
        (FreezePlan(preset="linear_probe", frozen_modules="train"), "none", "in train mode"),
        (FreezePlan(preset="all"), "none", "No: nothing that comes before conv1"),
        (FreezePlan(preset="linear_probe", exceptions=(("fc", False),)), "none", "Nothing trains"),
    ],
)
def test_whether_features_are_kept(
    at: AppTest, plan: FreezePlan, augment: str, said: str
) -> None:
    recipe = with_value(PROBE, "transform.augment", augment)
    with_recipe(at, recipe.model_copy(update={"freeze": plan}))
    assert said in words(at)
    assert ("They are computed once" in words(at)) is said.startswith("Yes")


def test_an_augmentation_that_repeats_and_a_cache_that_is_off_are_told(at: AppTest) -> None:
    repeated = with_value(with_value(PROBE, "transform.augment", "affine"), "transform.draws", 2)
    with_recipe(at, repeated)
    assert "They are computed once" in words(at)
    with_recipe(at, with_value(repeated, "features.cache", "off"))
    assert "The features cache is off" in words(at)


def test_features_are_kept_only_until_a_stage_opens(at: AppTest) -> None:
    opening = with_value(with_value(PROBE, "unfreezing.every", 3), "train.epochs", 8)
    with_recipe(at, opening)
    assert "until epoch 2: then a stage opens" in words(at)
    with_recipe(at, with_value(opening, "unfreezing.start", 9))  # the run is over by then
    assert "Yes: all that comes before" in words(at)


def test_a_model_that_cannot_train_at_its_input_gets_a_sentence(at: AppTest) -> None:
    with_recipe(at, parse({
        "model": {"name": "inception_v3", "weights": "IMAGENET1K_V1"},
        "freeze": {"preset": "linear_probe"}, "transform": {"size": 128},
    }))
    assert any("inception_v3" in one.value for one in at.warning)
    assert not [one for one in at.metric if "Backward" in one.label]


# --- by the button ------------------------------------------------------------------------


def test_an_epoch_is_measured_once_and_goes_stale_with_a_change(at: AppTest) -> None:
    small = parse(SMALL)
    with_recipe(at, small)
    button(at, "Measure an epoch").click().run()
    until = time.monotonic() + 120
    while not [one for one in quiet(at).metric if one.label == "Seconds an epoch"]:
        assert button(at, "Stop measuring") and time.monotonic() < until
        time.sleep(0.3)
        at.run()
    assert metric(at, "Seconds a step").delta == "25 an epoch"
    assert metric(at, "All epochs").delta == "6 epochs"
    assert metric(at, "On disk").delta.endswith("MB an epoch")
    assert folder.list_runs() == [] and measurements.unseen("epoch_time") is None
    (place,) = places.cache_root().glob("epoch_time_*")  # for a while, for another tab
    assert not (place / "run").exists()

    with_recipe(at, with_value(small, "optimizer.lr", 0.5))  # no matter for seconds
    assert not [one for one in at.warning if "Out of date" in one.value]
    with_recipe(at, with_value(small, "loader.batch_size", 8))
    stale = next(one.value for one in at.warning if "Out of date" in one.value)
    assert "16 → 8" in stale
    with_recipe(at, small)  # changed back, it holds again
    assert not [one for one in at.warning if "Out of date" in one.value]


def test_a_measurement_is_stopped_and_nothing_remains(at: AppTest) -> None:
    with_recipe(at, parse(SMALL))
    for _ in range(2):
        button(at, "Measure an epoch").click().run()
        assert button(at, "Measure again").disabled
        button(at, "Stop measuring").click().run()
        assert not button(quiet(at), "Measure an epoch").disabled
        assert not list(places.cache_root().glob("epoch_time_*"))


def test_there_is_nothing_to_measure_where_nothing_trains(at: AppTest) -> None:
    assert not button(at, "Measure an epoch").disabled
    with_plan(at, FreezePlan(preset="linear_probe", exceptions=(("fc", False),)))
    assert button(at, "Measure an epoch").disabled
