"""A run as it is told before it starts: the sums, the disk, and the command that measures."""

import shutil
import time

import pytest

from core.messages import ThawError
from core.recipe import parse, with_value
from core.runs.checkpoints import disk_bytes
from core.training import dry_run
from core.training.epoch_time_process import EpochTime

MEASURED = EpochTime(
    step_seconds=0.5, steps=20, training_seconds=10.0, validation_seconds=2.0,
    saving_seconds=1.0, startup_seconds=7.0, measured_steps=12, memory_bytes=3 * 10**9,
    checkpoint_bytes=40_000_000, device="CPU, 1 threads",
)


def test_the_sums_of_a_run() -> None:
    recipe = parse({"train": {"epochs": 9}})
    found = dry_run.forecast(recipe, MEASURED)
    assert found.seconds == 7 + 2 + 9 * (10 + 2 + 1)
    assert found.ends == pytest.approx(time.time() + found.seconds, abs=5)
    assert found.disk_bytes == disk_bytes(recipe.checkpoints, 9, 40_000_000) == 9 * 40_000_000
    assert found.memory_bytes == 3 * 10**9
    longer = dry_run.forecast(with_value(recipe, "train.epochs", 18), MEASURED)
    assert longer.seconds - found.seconds == 9 * 13


def test_a_disk_that_is_too_small_is_told_before_the_start(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = parse({"train": {"epochs": 9}})
    usage = shutil.disk_usage("/")
    for free, short in ((399_000_000, True), (400_000_000, False)):  # nine and the one written
        monkeypatch.setattr(shutil, "disk_usage", lambda path, free=free: usage._replace(free=free))
        problem = dry_run.forecast(recipe, MEASURED).shortage
        assert (problem is not None) == short
        if problem:
            said = str(ThawError(problem.id, **problem.values))
            assert "0.4 GB" in said and "checkpoints.every" in said
