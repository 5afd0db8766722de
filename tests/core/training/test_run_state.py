"""When `state.json` is written, and what stands in it."""

import pytest

from core import portable
from core.messages import Problem
from core.runs import going_on
from core.runs.folder import Run
from core.runs.status import status
from core.training import preparing, run_state
from core.training.loop import Score
from core.training.report import RunReport
from core.training.run_state import RunState
from tests.core.training.in_process import new_run


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the clock shows, to be set forward."""
    seconds = [100.0]
    for clock in ("monotonic", "perf_counter"):
        monkeypatch.setattr(run_state.time, clock, lambda: seconds[0])
    return seconds


def test_a_status_is_written_at_once_and_the_rest_once_a_second(now: list[float]) -> None:
    run = new_run()
    state = RunState(run, attempt=2)
    assert run.state() == {"status": "starting", "phase": "starting", "attempt": 2}
    state.phase_began("loading_data")
    assert run.state()["phase"] == "starting"
    now[0] += 1.0
    state.tell(download={"done": 1, "total": 2})
    assert run.state()["phase"] == "loading_data" and run.state()["download"]["done"] == 1
    state.ended("failed", Problem("training.no_bfloat16", {"device": "GPU"}))
    assert run.state()["status"] == "failed" and run.state()["phase"] == ""
    assert run.state()["error"] == {"id": "training.no_bfloat16", "values": {"device": "GPU"}}


def test_a_run_that_is_killed_while_it_loads_again_has_lost_nothing_that_it_told() -> None:
    run = new_run()
    best = {"epoch": 2, "step": 10, "val_loss": 0.5, "val_accuracy": 0.75}
    told = {"epochs": 3, "steps": 15, "epoch": 2, "step": 12, "seconds": 4.0, "best": best}
    portable.write_json(run.path / "state.json", {
        "status": "failed", "attempt": 1, "error": {"id": "training.disk_full", "values": {}},
        "eta_seconds": 3.0, **told,
    })
    state = RunState(run, attempt=2)
    assert run.state() == {
        "status": "starting", "phase": "starting", "attempt": 2, "of_before": True, **told
    }
    now = status(run)  # nobody holds its lock
    assert (now.status, now.epoch, now.step, now.best) == ("crashed", 2, 12, best)
    assert now.problem.values["epoch"] == 2
    state.ended("failed", Problem("training.out_of_memory", {"batch_size": 8}))
    portable.write_json(run.path / "attempts" / "2.json", {"first_step": 10})
    assert going_on._failed_at_once(run)  # step 12 is of the attempt before
    report = RunReport(run, 2, lambda line: None)
    report.began(preparing.prepare(run, 2, report))
    assert "of_before" not in run.state() and run.state()["step"] == 0


def test_one_part_of_the_features_does_not_push_out_the_other(now: list[float]) -> None:
    run = new_run()
    state = RunState(run, attempt=1)
    state.features_decided("val", {"why": None, "bytes": 8})
    now[0] += 1.0
    state.features_decided("train", {"why": None, "bytes": 16})
    assert {part: said["bytes"] for part, said in run.state()["features"].items()} == {
        "val": 8, "train": 16,
    }


def test_the_time_that_is_left_and_the_peak_of_all_attempts(
    now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, peaks = new_run(), iter((5_000, 3_000))
    monkeypatch.setattr(run_state.devices, "peak_memory", lambda device: next(peaks))
    training = preparing.prepare(run, 1, RunReport(run, 1, lambda line: None))
    progress = training.progress
    progress.begin_epoch(1)
    for attempt, peak in ((1, 5_000), (2, 5_000)):
        state = RunState(run, attempt)
        state.tell(samples={"train": 40, "val": 8, "test": 20})
        state.began(training, {})
        assert run.state()["status"] == "running" and run.state()["steps"] == 15
        for step in range(1, 4):  # the first one, which pays for kernels, is left out
            now[0] += 9.0 if step == 1 else 2.0
            progress.step = progress.step_in_epoch = step
            state.step_ended(progress, 20.0)
        now[0] += 2.0
        state.tell(samples_per_second=20.0)
        assert run.state()["eta_seconds"] == pytest.approx(2.0 * 12)
        state.tested(Score(0.5, 0.75))
        state.ended("finished", None)
        assert run.state()["peak_memory_bytes"] == peak
        assert run.state()["test"] == {"loss": 0.5, "accuracy": 0.75, "samples": 20}
        progress.step = progress.step_in_epoch = 0


def test_a_run_without_held_out_images_has_no_score() -> None:
    run: Run = new_run()
    state = RunState(run, attempt=1)
    state.tell(samples={"train": 40, "val": 8, "test": 0})
    state.tested(None)
    state.ended("finished", None)
    assert run.state()["test"] is None and run.state()["error"] is None
