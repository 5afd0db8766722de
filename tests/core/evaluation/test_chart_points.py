"""What a chart is given: smoothing as TensorBoard's, extremes kept, axes and their ends."""

import numpy as np
import pytest

from core.evaluation.chart_points import along, epoch_ends, smoothed, span, thinned
from core.evaluation.run_series import Metric, Series


def series(steps: list[int], epochs: list[int], values: list[float] | None = None) -> Series:
    step = np.array(steps)
    found = np.zeros(len(step)) if values is None else np.array(values, dtype=float)
    return Series(step, np.array(epochs), 32.0 * step, 0.5 * step, found)


def test_smoothing_is_tensorboards() -> None:
    values = np.random.default_rng(0).normal(size=500)
    for weight in (0.3, 0.6, 0.99):
        expected, mean = [], 0.0
        for count, value in enumerate(values, 1):  # resmoothDataset, written out
            mean = weight * mean + (1 - weight) * value
            expected.append(mean / (1 - weight**count))
        assert smoothed(values, weight) == pytest.approx(expected, abs=1e-9)
    assert smoothed(values, 0.0) is values
    assert smoothed(np.array([3.0]), 0.9).tolist() == [3.0]
    assert smoothed(np.array([]), 0.9).tolist() == []


def test_thinning_keeps_first_last_and_every_extreme() -> None:
    values = np.random.default_rng(1).normal(size=10_000)
    values[[1234, 8765]] = [99, -99]
    rows = thinned(values, 800)
    assert 400 < len(rows) <= 800
    assert (np.diff(rows) > 0).all()
    assert {0, 9999, 1234, 8765} <= set(rows)
    # A stretch that is drawn has the range of all that lies in it: nothing pokes out.
    for start, end in zip(rows[:-1], rows[1:], strict=True):
        near = values[max(start - 30, 0) : end + 30]
        assert near.min() <= values[start : end + 1].min()
    starts = np.linspace(0, 10_000, 400).astype(int)
    for start, end in zip(starts[:-1], starts[1:], strict=True):
        kept = values[rows[(rows >= start) & (rows < end)]]
        assert kept.max() == values[start:end].max()
        assert kept.min() == values[start:end].min()


def test_thinning_of_few_of_equal_and_of_a_band() -> None:
    assert thinned(np.arange(10.0), 10).tolist() == list(range(10))
    assert thinned(np.array([]), 10).tolist() == []
    assert len(thinned(np.zeros(5000), 100)) <= 100
    high = np.zeros(5000)
    high[777] = 5
    assert 777 in thinned(np.arange(5000.0), 100, high)
    assert thinned(np.arange(5.0), 4)[[0, -1]].tolist() == [0, 4]


def test_steps_lie_within_their_epoch() -> None:
    ends = series([10, 20], [1, 2])
    steps = series([1, 5, 10, 15, 20, 25], [1, 1, 1, 2, 2, 3])
    assert along(steps, "epoch", ends) == pytest.approx([0.1, 0.5, 1, 1.5, 2, 2.5])
    assert along(steps, "step", ends).tolist() == [1, 5, 10, 15, 20, 25]
    assert along(steps, "seconds", None)[1] == 2.5
    assert along(steps, "samples", None)[1] == 160
    assert along(steps, "epoch", None).tolist() == [0, 0, 0, 1, 1, 2]
    assert along(ends, "epoch", ends).tolist() == [1, 2]


def test_the_ends_of_epochs_are_those_of_the_longest_metric() -> None:
    recorded = {
        Metric("step", "train", "loss"): series([1, 2, 3], [1, 1, 1]),
        Metric("epoch", "val", "loss"): series([0, 10, 20], [0, 1, 2]),
        Metric("epoch", "train", "loss"): series([10], [1]),
    }
    assert epoch_ends(recorded).step.tolist() == [10, 20]
    assert epoch_ends({}) is None


def test_the_axis_has_all_or_says_what_it_leaves_out() -> None:
    values = np.concatenate([np.linspace(1, 2, 99), [500.0]])
    whole = span(values)
    assert (whole.low, whole.high, whole.outside, whole.of) == (1, 500, 0, 100)
    inner = span(values, outliers=False)
    assert inner.low == 1
    assert 2 < inner.high < 2.5
    assert inner.outside == 1
    assert span(np.array([])) is None


def test_a_log_axis_has_no_place_for_zero() -> None:
    found = span(np.array([0.0, -1.0, 1.0, 10.0]), log=True)
    assert (found.low, found.high, found.outside) == (1, 10, 2)
    assert span(np.array([0.0]), log=True) is None
    for value in (3e-4, 0.007, 0.3):  # a learning rate that never changes
        assert span(np.full(9, value), log=True, outliers=False).outside == 0
    wild = np.concatenate([np.full(50, 0.1), np.full(49, 1.0), [1e9]])
    assert span(wild, log=True, outliers=False).high < 2
