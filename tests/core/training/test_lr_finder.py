"""The range test over real training, in this process and in one of its own."""

import math
import time
from pathlib import Path

import pytest

from core import places
from core.messages import ThawError
from core.recipe import Recipe, parse, with_value
from core.runs import folder
from core.training import lr_curve, lr_finder, lr_finder_process, preparing
from core.training.loop import train_epoch, validate
from core.training.lr_finder_process import Search
from core.training.report import RunReport
from tests.core.conftest import SMALL

PROBE = {
    **SMALL, "model": {"name": "shufflenet_v2_x1_0", "weights": "LETTERS"},
    "freeze": {"preset": "linear_probe"},
    "split": {"train_per_class": 16, "val": 0.2},
    "optimizer": {"name": "adamw", "lr": 1e-3, "stage_factor": 0.5},
}


def loss_after(recipe: Recipe, rate: float, place: Path) -> float:
    """Validation loss after two epochs at a constant rate; infinite where it is no number."""
    at_rate = parse({
        **recipe.model_dump(), "schedule": {"name": "constant"},
        "optimizer": {**recipe.optimizer.model_dump(), "lr": rate},
    })
    run = folder.create_run(at_rate, root=place)
    report = RunReport(run, 1, lambda _line: None)
    training = preparing.prepare(run, 1, report)
    report.began(training)
    try:
        for epoch in (1, 2):
            training.progress.begin_epoch(epoch)
            train_epoch(training, report, time.perf_counter())
        loss = validate(training).loss
    except ThawError as error:
        assert error.problem.id.startswith("training.not_finite")
        return math.inf
    return loss if math.isfinite(loss) else math.inf


@pytest.mark.parametrize(
    "optimizer", [{"name": "adamw", "stage_factor": 0.5}, {"name": "sgd"}], ids=["adamw", "sgd"]
)
def test_the_suggested_rate_trains_better_than_far_smaller_and_larger_ones(
    optimizer: dict, tmp_path: Path
) -> None:
    recipe = parse({**PROBE, "optimizer": optimizer})
    said: list[str] = []
    found = lr_finder.find(recipe, tmp_path / "search", said.append)
    assert found.why_not is None and found.groups == ("fc",)
    assert said[0] == "preparing" and said[-1] == f"step {len(found.rates)}"
    assert len(found.rates) == len(found.losses) == len(found.smoothed) <= lr_curve.STEPS
    rates = {factor: min(found.rate * factor, 10.0) for factor in (0.01, 1.0, 100.0)}
    losses = {
        factor: loss_after(recipe, rate, tmp_path / f"{factor}") for factor, rate in rates.items()
    }
    assert losses[1.0] < losses[0.01] and losses[1.0] < losses[100.0], (found.rate, losses)


def test_the_rate_of_the_recipe_does_not_move_the_curve(tmp_path: Path) -> None:
    recipe = parse(PROBE)
    other = with_value(recipe, "optimizer.lr", 0.5)
    one, two = (
        lr_finder.find(each, tmp_path / str(place), lambda _phase: None)
        for place, each in enumerate((recipe, other))
    )
    assert one.losses[:20] == pytest.approx(two.losses[:20], rel=1e-4)
    assert lr_finder_process.what_changed(recipe, other) == ()


# --- in a process of its own --------------------------------------------------------------


def waited_for(place: Path) -> Search:
    until, steps = time.monotonic() + 120, {0}
    while not (now := lr_finder_process.look(place)).is_done:
        steps.add(now.step)
        assert time.monotonic() < until, steps
        time.sleep(0.02)
    assert len(steps) > 1 or now.problem  # it was seen on its way
    return now


def test_a_process_of_its_own_finds_the_same_and_leaves_nothing(tmp_path: Path) -> None:
    recipe = parse(PROBE)
    place = lr_finder_process.start(recipe)
    found = waited_for(place).answer
    here = lr_finder.find(recipe, tmp_path / "here", lambda _phase: None)
    assert found is not None, (place / "log").read_text()
    assert found.rates == here.rates and found.rate == here.rate
    assert found.losses == pytest.approx(here.losses, rel=1e-3, nan_ok=True)
    assert not (place / "run").exists() and folder.list_runs() == []
    lr_finder_process.forget(place)
    assert list(places.cache_root().glob("lr_finder_*")) == []


def test_a_recipe_that_cannot_run_gets_the_sentence_of_its_run() -> None:
    broken = parse({**SMALL, "data": {"name": "folder", "path": "/no/such/place"}})
    now = waited_for(lr_finder_process.start(broken))
    assert now.answer is None and now.problem.id.startswith("data.")


@pytest.mark.parametrize(
    ("field", "value", "matters"),
    [("optimizer.name", "sgd", True), ("freeze.preset", "all", True), ("optimizer.lr", 0.5, False),
     ("loader.batch_size", 8, True), ("optimizer.weight_decay", 0.1, True), ("name", "x", False),
     ("train.epochs", 9, False), ("schedule.name", "step", False), ("train.seed", 4, True),
     ("train.processes", 2, True)],  # BatchNorm sees a part of each batch then
)
def test_what_makes_a_search_stale(field: str, value: object, matters: bool) -> None:
    before = parse(PROBE)
    told = lr_finder_process.what_changed(before, with_value(before, field, value))
    assert told == ((field,) if matters else ())


def test_optimisers_whose_rate_matters_little_say_so() -> None:
    for name in ("adadelta", "rprop", "adafactor"):
        assert lr_finder_process.what_to_know(with_value(Recipe(), "optimizer.name", name))
    assert lr_finder_process.what_to_know(Recipe()) is None
