"""The lines of a comparison: which there are, their values and places; their CSV."""

import io

import numpy as np
import pandas as pd
import pytest

from core.evaluation import compare_csv
from core.evaluation.chart_points import smoothed
from core.evaluation.compare_lines import lines, panels, rows_to_draw
from core.evaluation.compare_view import CompareView
from core.evaluation.run_series import Metric, Series


def series(steps: list[int], epochs: list[int], values: list[float]) -> Series:
    step = np.array(steps)
    return Series(step, np.array(epochs), 32.0 * step, 0.5 * step, np.array(values, dtype=float))


def recorded(shift: float = 0.0) -> dict[Metric, Series]:
    steps = list(range(1, 21))
    return {
        Metric("step", "train", "loss"): series(
            steps, [(step - 1) // 10 + 1 for step in steps], [shift + step % 3 for step in steps]
        ),
        Metric("epoch", "val", "accuracy"): series([0, 10, 20], [0, 1, 2], [0.1, 0.5, 0.75]),
        Metric("epoch", "train", "accuracy"): series([10, 20], [1, 2], [0.4, 0.6]),
        Metric("epoch", "val", "loss"): series([0, 10, 20], [0, 1, 2], [2, 1 + shift, 0.5]),
    }


RUNS = {"a": recorded(), "b": recorded(1.0)}
ALONE = {"a": ["a"], "b": ["b"]}
BEST = {"a": 1, "b": None}


def test_panels_are_what_was_recorded() -> None:
    assert panels([recorded(), {Metric("epoch", "val", "f1"): series([1], [1], [1])}]) == [
        "accuracy", "loss", "step.loss", "f1"
    ]
    assert panels([]) == []


def test_a_line_a_run_in_percent_without_the_guessing_start() -> None:
    one, two = lines("accuracy", RUNS, ALONE, CompareView(), BEST)
    assert (one.name, one.split, one.runs) == ("a", "val", 1)
    assert one.series.value.tolist() == [50, 75]
    assert one.x.tolist() == [1, 2]
    assert (one.best, two.best) == (0, None)
    assert one.raw is None


def test_training_curves_stand_beside_the_validation() -> None:
    found = lines("accuracy", RUNS, ALONE, CompareView(training=True), BEST)
    assert [(line.name, line.split) for line in found] == [
        ("a", "train"), ("b", "train"), ("a", "val"), ("b", "val")
    ]
    assert [line.best for line in found] == [None, None, 0, None]
    only_trained = {"a": {Metric("epoch", "train", "loss"): series([10], [1], [1])}}
    alone = lines("loss", only_trained, {"a": ["a"]}, CompareView(), {})
    assert [line.split for line in alone] == ["train"]


@pytest.mark.parametrize(("axis", "at"), [
    ("step", 1), ("samples", 32), ("seconds", 0.5), ("epoch", 0.1),
])
def test_steps_over_every_axis_smoothed(axis: str, at: float) -> None:
    line = lines("step.loss", RUNS, ALONE, CompareView(x=axis, smooth=0.5), BEST)[0]
    assert line.x[0] == pytest.approx(at)
    assert line.x[-1] == pytest.approx(20 * at)
    assert line.series.value == pytest.approx(smoothed(line.raw, 0.5))
    assert line.raw.tolist() == [step % 3 for step in range(1, 21)]
    assert rows_to_draw(line, 8)[[0, -1]].tolist() == [0, 19]


def test_each_kind_has_its_own_smoothing() -> None:
    view = CompareView(smooth=0.0, smooth_epochs=0.5)
    assert lines("step.loss", RUNS, ALONE, view, BEST)[0].raw is None
    assert lines("loss", RUNS, ALONE, view, BEST)[0].raw.tolist() == [1, 0.5]


def test_several_seeds_are_a_mean_and_a_band() -> None:
    together = {"a and b": ["a", "b"]}
    (line,) = lines("loss", RUNS, together, CompareView(), BEST)
    assert line.series.value.tolist() == [1.5, 0.5]
    assert (line.low.tolist(), line.high.tolist()) == ([1, 0.5], [2, 0.5])
    assert (line.runs, line.best) == (2, None)
    apart = {"a": {Metric("step", "train", "loss"): series([1], [1], [1])},
             "b": {Metric("step", "train", "loss"): series([2], [1], [1])}}
    assert lines("step.loss", apart, together, CompareView(), {}) == []


def test_a_part_of_a_line_has_its_own_rows() -> None:
    line = lines("step.loss", RUNS, ALONE, CompareView(x="step", smooth=0.5), BEST)[0]
    part = line.part(4, 9)
    assert part.x.tolist() == [5, 6, 7, 8, 9]
    assert part.raw.tolist() == line.raw[4:9].tolist()
    assert part.series.value.tolist() == line.series.value[4:9].tolist()
    assert len(line.part(7, 7)) == 0
    assert rows_to_draw(line.part(7, 7), 10).tolist() == []


def test_what_nobody_recorded_has_no_line() -> None:
    assert lines("step.f1", RUNS, ALONE, CompareView(), BEST) == []
    start = {"a": {Metric("epoch", "val", "loss"): series([0], [0], [2])}}
    assert lines("loss", start, {"a": ["a"]}, CompareView(), {}) == []


def test_the_csv_has_every_point() -> None:
    view = CompareView(smooth=0.5)
    drawn = {panel: lines(panel, RUNS, ALONE, view, BEST) for panel in ("step.loss", "accuracy")}
    drawn["loss"] = lines("loss", RUNS, {"both": ["a", "b"]}, view, BEST)
    table = pd.read_csv(io.StringIO(compare_csv.text(drawn)))
    assert tuple(table.columns) == compare_csv.COLUMNS
    assert len(table) == 2 * 20 + 2 * 2 + 2
    steps = table[(table["metric"] == "step.loss") & (table["line"] == "b")]
    assert steps["recorded"].tolist() == [1 + step % 3 for step in range(1, 21)]
    assert steps["drawn"].tolist() == pytest.approx(smoothed(steps["recorded"].to_numpy(), 0.5))
    accuracy = table[table["metric"] == "accuracy %"]
    assert accuracy["recorded"].tolist() == [50, 75, 50, 75]
    band = table[table["line"] == "both"]
    assert band[["drawn", "low", "high"]].to_numpy().tolist() == [[1.5, 1, 2], [0.5, 0.5, 0.5]]
    assert band["recorded"].isna().all()
    assert tuple(pd.read_csv(io.StringIO(compare_csv.text({}))).columns) == compare_csv.COLUMNS
