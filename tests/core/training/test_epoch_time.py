"""Measuring an epoch: a real measurement, and the ways in which there is none."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from core import places, portable
from core.messages import ThawError
from core.models.summary import summarize
from core.recipe import Recipe, parse, with_value
from core.runs import folder
from core.training import epoch_time_process, measuring
from core.training.measuring import Look
from tests.core.conftest import SMALL
from tests.core.runs.holder import HOLDER


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_HOME", str(tmp_path))


def waited_for(place: Path) -> Look:
    until = time.monotonic() + 120
    phases = set()
    while not (now := epoch_time_process.look(place)).is_done:
        phases.add(now.phase)
        assert time.monotonic() < until, phases
        time.sleep(0.05)
    return now


# --- a real one ---------------------------------------------------------------------------


def test_a_few_real_steps_tell_an_epoch_and_leave_nothing_behind() -> None:
    began = time.monotonic()
    place = epoch_time_process.start(parse(SMALL))
    with pytest.raises(ThawError) as error:  # two at once would measure each other
        until = time.monotonic() + 60
        while time.monotonic() < until and not epoch_time_process.look(place).is_done:
            if portable.lock_holder(measuring.lock_file()):
                epoch_time_process.start(parse(SMALL))
            time.sleep(0.02)
    assert error.value.problem.id == "timing.measuring_already"
    answer = waited_for(place).answer
    assert answer is not None, (place / "log").read_text()
    assert answer.steps == 25  # 40 of each of ten classes, in batches of 16
    assert answer.measured_steps % 25 == 0  # whole epochs, for they are short
    assert answer.training_seconds == pytest.approx(25 * answer.step_seconds, rel=0.5)
    parts = (answer.training_seconds, answer.validation_seconds, answer.saving_seconds)
    assert all(0 < part < time.monotonic() - began for part in parts)
    assert answer.epoch_seconds == pytest.approx(sum(parts))
    assert answer.memory_bytes > 100e6  # PyTorch alone takes more
    recipe = parse(SMALL)
    weights = summarize(recipe.model.name, recipe.model.weights, num_classes=10).totals.param_bytes
    assert answer.checkpoint_bytes == pytest.approx(3 * weights, rel=0.1)  # and AdamW's two
    assert not (place / "run").exists() and folder.list_runs() == []
    epoch_time_process.forget(place)
    assert not place.exists()


@pytest.mark.parametrize("processes", [2, pytest.param(3, marks=pytest.mark.long)])
def test_several_processes_measure_together(processes: int) -> None:
    recipe = parse({**SMALL, "train": {"epochs": 6, "threads": 1, "processes": processes}})
    place = epoch_time_process.start(recipe)
    answer = waited_for(place).answer
    assert answer is not None, (place / "log").read_text()
    assert answer.processes == processes and answer.steps == 25  # each of 16 images of all
    assert answer.measured_steps % 25 == 0
    assert answer.memory_bytes > 100e6 and answer.checkpoint_bytes > 0
    assert answer.startup_seconds > answer.training_seconds > 0  # torchrun and its imports
    assert answer.validation_seconds > 0 and not (place / "run").exists()
    epoch_time_process.forget(place)


@pytest.mark.long
def test_of_several_processes_the_one_that_failed_says_why() -> None:
    broken = parse({**SMALL, "data": {"name": "folder", "path": "/no/such/place"},
                    "train": {"processes": 2, "threads": 1}})
    place = epoch_time_process.start(broken)
    problem = waited_for(place).problem
    assert problem is not None and problem.id.startswith("data.")
    assert "/no/such/place" in str(problem.values)
    identity = portable.read_json(place / "process.json")
    until = time.monotonic() + 60
    while portable.is_same_process(identity) and time.monotonic() < until:
        time.sleep(0.1)
    assert not portable.is_same_process(identity)  # nobody waits for the one that has failed


def test_a_recipe_that_cannot_run_gets_the_sentence_of_its_run() -> None:
    broken = parse({**SMALL, "data": {"name": "folder", "path": "/no/such/place"}})
    place = epoch_time_process.start(broken)
    problem = waited_for(place).problem
    assert problem is not None and problem.id.startswith("data.")
    assert "/no/such/place" in str(problem.values)


# --- without one --------------------------------------------------------------------------


def test_one_that_is_killed_is_told_apart_from_one_that_goes_on() -> None:
    place = epoch_time_process.start(parse(SMALL))
    assert epoch_time_process.look(place).phase == "starting"
    identity = portable.read_json(place / "process.json")
    assert portable.is_same_process(identity)
    (place / "log").write_text("")
    kill(int(identity["pid"]))
    assert waited_for(place).problem.id == "timing.ended"
    (place / "log").write_text("Traceback\nMemoryError: it was all too much\n\n")
    assert "all too much" in epoch_time_process.look(place).problem.values["said"]


def test_a_measurement_that_is_forgotten_is_ended() -> None:
    place = epoch_time_process.start(parse(SMALL))
    identity = portable.read_json(place / "process.json")
    epoch_time_process.forget(place)
    until = time.monotonic() + 10
    while portable.is_same_process(identity) and time.monotonic() < until:
        time.sleep(0.02)
    assert not portable.is_same_process(identity)
    assert not place.exists()


def test_nothing_is_measured_beside_a_run_that_trains() -> None:
    run = folder.create_run(Recipe())
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run.path / "lock")], stdout=subprocess.PIPE
    )
    try:
        child.stdout.readline()
        with pytest.raises(ThawError) as error:
            epoch_time_process.start(parse(SMALL))
    finally:
        child.kill()
        child.wait()
    assert error.value.problem.id == "timing.run_is_training"
    assert list(places.cache_root().glob("epoch_time_*")) == []


@pytest.mark.parametrize(
    ("field", "value", "matters"),
    [("loader.batch_size", 8, True), ("freeze.preset", "linear_probe", True),
     ("freeze.frozen_modules", "train", True), ("freeze.exceptions", (("fc", False),), True),
     ("optimizer.name", "sgd", True), ("transform.size", 64, True), ("train.threads", 2, True),
     ("head.dropout", 0.5, True), ("optimizer.lr", 0.5, False), ("train.epochs", 9, False),
     ("schedule.name", "step", False), ("name", "other", False), ("train.seed", 7, False),
     ("unfreezing.every", 1, False)],
)
def test_what_makes_an_answer_stale(field: str, value: object, matters: bool) -> None:
    before = parse(SMALL)
    after = with_value(before, field, value)
    assert after != before
    told = epoch_time_process.what_changed(before, after)
    assert told == ((field,) if matters else ())


def kill(pid: int) -> None:
    import psutil

    psutil.Process(pid).kill()
