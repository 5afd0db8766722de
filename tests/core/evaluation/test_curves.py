"""The epochs of a run as points: against the worker's own figures, odd files, long runs."""

import json
from pathlib import Path

from core.evaluation.curves import MAX_POINTS, RunCurve
from core.runs.folder import Run


def record(epoch: int, loss: float, *, attempt: int = 1, split: str = "val", **other) -> str:
    return json.dumps({
        "attempt": attempt, "kind": "epoch", "step": 10 * epoch, "epoch": epoch,
        "seconds": 1.5 * epoch, "split": split, "values": {"loss": loss, "accuracy": 0.5}, **other,
    }) + "\n"


def test_a_trained_run_has_every_epoch(trained_run: Run) -> None:
    points = RunCurve(trained_run).points()
    best = trained_run.state()["best"]
    assert [point.epoch for point in points] == list(range(7))
    assert points[0].train_loss is None
    assert points[best["epoch"]].val_loss == best["val_loss"]
    assert points[best["epoch"]].val_accuracy == best["val_accuracy"]
    assert points[-1].step == trained_run.state()["steps"]
    assert points[-1].seconds > points[1].seconds > 0


def test_only_what_is_new_is_read_and_a_resume_voids_the_rest(tmp_path: Path) -> None:
    (tmp_path / "attempts").mkdir()
    (tmp_path / "attempts/1.json").write_text('{"first_step": 0}')
    file = tmp_path / "metrics.jsonl"
    file.write_text(record(1, 0.9) + record(2, 0.8) + record(3, 0.7)[:-20])
    curve = RunCurve(Run(tmp_path))
    assert [point.val_loss for point in curve.points()] == [0.9, 0.8]
    (tmp_path / "attempts/2.json").write_text('{"first_step": 10}')
    with file.open("a") as more:
        more.write("\n" + record(2, 0.4, attempt=2))
    assert [(point.epoch, point.val_loss) for point in curve.points()] == [(1, 0.9), (2, 0.4)]


def test_marks_are_where_something_was_opened(tmp_path: Path) -> None:
    mark = record(3, 0, kind="mark", step=20, values={"label": "layer4 opens"})
    (tmp_path / "metrics.jsonl").write_text(record(1, 0.9) + record(2, 0.8) + mark)
    curve = RunCurve(Run(tmp_path))
    assert [(one.epoch, one.step, one.label) for one in curve.marks()] == [(2, 20, "layer4 opens")]
    assert [point.epoch for point in curve.points()] == [1, 2]
    (tmp_path / "attempts").mkdir()
    (tmp_path / "attempts/2.json").write_text('{"first_step": 10}')
    assert curve.marks() == []  # the run went on from before it


def test_records_of_another_shape_are_left_out(tmp_path: Path) -> None:
    odd = record(2, 0.1, values=[1]) + record(3, 0.1, step="x") + record(4, 0.1, attempt=None)
    (tmp_path / "metrics.jsonl").write_text(record(1, 0.9) + odd + "[]\n")
    assert [point.epoch for point in RunCurve(Run(tmp_path)).points()] == [1]
    assert RunCurve(Run(tmp_path / "nothing")).points() == []


def test_a_long_run_keeps_its_extremes(tmp_path: Path) -> None:
    losses = {epoch: 1 + 0.1 * (epoch % 7) for epoch in range(1, 5001)} | {1234: 0.01, 4321: 9.0}
    (tmp_path / "metrics.jsonl").write_text(
        "".join(record(epoch, loss) for epoch, loss in losses.items())
    )
    points = RunCurve(Run(tmp_path)).points()
    assert 500 < len(points) <= MAX_POINTS
    assert {1234, 4321, 5000} <= {point.epoch for point in points}
