"""A run's records as columns: both ways of reading agree, resumes and odd lines are minded."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.evaluation import run_series
from core.evaluation.run_series import Metric, read_series
from core.runs.folder import Run
from core.runs.metrics import frame, read_records, valid_records

LOSS = Metric("step", "train", "loss")


def line(step: int, loss: object, *, attempt: int = 1, **other: object) -> str:
    return json.dumps({
        "attempt": attempt, "kind": "step", "step": step, "epoch": 1, "samples": 4 * step,
        "seconds": 0.5 * step, "split": "train", "values": {"loss": loss}, **other,
    }) + "\n"


def write(folder: Path, *lines: str) -> Run:
    (folder / "metrics.jsonl").write_text("".join(lines))
    return Run(folder)


def start(folder: Path, **first_steps: int) -> None:
    (folder / "attempts").mkdir()
    for number, step in first_steps.items():
        (folder / f"attempts/{number[1:]}.json").write_text(json.dumps({"first_step": step}))


@pytest.mark.parametrize("arrow", [True, False])
def test_a_trained_run_has_what_its_records_say(
    trained_run: Run, monkeypatch: pytest.MonkeyPatch, arrow: bool
) -> None:
    file = trained_run.path / "metrics.jsonl"
    if arrow:
        assert run_series._by_arrow(file.read_bytes()) is not None
    else:
        monkeypatch.setattr(run_series, "_by_arrow", lambda data: None)
    found = read_series(trained_run)
    records = frame(valid_records(read_records(file), trained_run.attempts()))
    assert len(records)
    for (kind, split, metric), rows in records.groupby(["kind", "split", "metric"]):
        own = found.pop(Metric(kind, split, metric))
        for name in ("step", "epoch", "samples", "seconds", "value"):
            assert getattr(own, name).tolist() == rows[name].tolist()
    assert not found


def test_a_resume_voids_what_lay_beyond_its_checkpoint(tmp_path: Path) -> None:
    start(tmp_path, a1=0, a2=2)
    run = write(tmp_path, *(line(step, 0.9) for step in (1, 2, 3, 4)),
                line(3, 0.5, attempt=2), line(5, 0.4, attempt=2))
    found = read_series(run)[LOSS]
    assert found.step.tolist() == [1, 2, 3, 5]
    assert found.value.tolist() == [0.9, 0.9, 0.5, 0.4]


def test_torn_and_odd_lines_are_left_out(tmp_path: Path) -> None:
    good = line(1, 0.9) + line(2, 1)
    odds = (
        "[]\n", "x\n", line(3, 0.1, values=[1]), line(3, "y"), line(3, float("nan")),
        line(3, 0.1, samples="x", epoch="x"), line(3, float("inf")), line(3, True), '{"torn": ',
        line(3, 0.1)[:40] + "\n", line(3, 0, kind="mark", values={"label": "opens"}),
    )
    for odd in odds:
        found = read_series(write(tmp_path, good, odd))
        assert list(found) == [LOSS], odd
        assert found[LOSS].value.tolist() == [0.9, 1.0], odd
    assert read_series(write(tmp_path)) == {}
    assert read_series(Run(tmp_path / "nothing")) == {}


def test_metrics_that_only_some_records_have(tmp_path: Path) -> None:
    run = write(tmp_path, line(1, 0.9), line(2, 0.8, values={"loss": 0.8, "lr": 0.1}),
                line(2, 0, kind="epoch", split="val", values={"accuracy": 1}))
    found = read_series(run)
    assert found[Metric("step", "train", "lr")].step.tolist() == [2]
    assert found[Metric("epoch", "val", "accuracy")].value.tolist() == [1.0]
    assert set(found) == {LOSS, Metric("step", "train", "lr"), Metric("epoch", "val", "accuracy")}
    assert found[LOSS].at(np.array([True, False])).step.tolist() == [1]
