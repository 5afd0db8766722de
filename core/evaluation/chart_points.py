"""From what a run recorded to what a chart shows: smoothed, thinned, its axis; pure functions."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.run_series import Metric, Series

AXES = ("epoch", "step", "seconds", "samples")
_OUTSIDE = (5, 95)  # percentiles between which TensorBoard's axis lies without outliers
_ROOM = 0.2  # of their distance, above and below, likewise


def smoothed(values: np.ndarray, weight: float) -> np.ndarray:
    """The exponential mean of each value and those before it, corrected for its beginning.

    As TensorBoard smooths (`vz_line_chart2/line-chart.ts`, `resmoothDataset`): with weight w the
    mean is w · mean + (1 − w) · value, divided by 1 − wⁿ after n values.

    Args:
        values: [N], finite.
        weight: Of the past, in [0, 1); 0 changes nothing.
    """
    if not weight or len(values) < 2:
        return values
    import pandas

    # pandas' adjusted mean is the same sum over the same weights, in compiled code.
    return pandas.Series(values).ewm(alpha=1 - weight, adjust=True).mean().to_numpy()


def thinned(values: np.ndarray, most: int, *others: np.ndarray) -> np.ndarray:
    """Rows to draw: of each stretch the least and the greatest value, and the first and the last.

    What is left out lies between two that are drawn, within a stretch of the same few pixels.

    Args:
        values: [N].
        most: Rows at most, at least 4; with `others` more.
        others: [N] each, whose extremes are kept too (the ends of a band).

    Returns:
        Numbers of rows, ascending.
    """
    count = len(values)
    if count <= most:
        return np.arange(count)
    starts = np.linspace(0, count, max((most - 2) // 2, 1) + 1).astype(int)[:-1]
    lengths = np.diff([*starts, count])
    stretch = np.repeat(np.arange(len(starts)), lengths)
    kept = [np.array([0, count - 1])]
    for column in (values, *others):
        for extreme in (np.minimum, np.maximum):
            reached = np.repeat(extreme.reduceat(column, starts), lengths)
            at = np.flatnonzero(column == reached)  # several where the value repeats
            kept.append(at[np.unique(stretch[at], return_index=True)[1]])
    return np.unique(np.concatenate(kept))


def along(series: Series, axis: str, ends: Series | None) -> np.ndarray:
    """Where the points of a series lie on an axis.

    Args:
        axis: One of `AXES`. Over epochs, what was recorded within an epoch lies between its
            beginning and its end, by the steps at which epochs ended.
        ends: A metric that was recorded at the end of each epoch; None if there is none yet.
    """
    if axis != "epoch":
        return getattr(series, axis).astype(float)
    if ends is None or not len(ends):
        return series.epoch - 1.0
    steps = np.concatenate([[0], ends.step])
    epochs = np.concatenate([[0], ends.epoch]).astype(float)
    inside = np.interp(series.step, steps, epochs)
    after = series.step > steps[-1]
    if after.any():  # the epoch under way is as long as the one before
        length = max(steps[-1] - steps[-2], 1)
        inside[after] = epochs[-1] + (series.step[after] - steps[-1]) / length
    return inside


def epoch_ends(recorded: dict[Metric, Series]) -> Series | None:
    """A metric with a record for each epoch that has ended."""
    found = [series for metric, series in recorded.items() if metric.kind == "epoch"]
    longest = max(found, key=len, default=None)
    return longest.at(longest.epoch > 0) if longest is not None else None


@dataclass(frozen=True)
class Span:
    """The part of the y axis that a chart shows.

    Attributes:
        outside: Points that lie beyond it, or can't be drawn on its scale.
        of: Points in all.
    """

    low: float
    high: float
    outside: int = 0
    of: int = 0


def span(values: np.ndarray, *, log: bool = False, outliers: bool = True) -> Span | None:
    """The axis for these values; None without any that can be drawn.

    Args:
        log: On a logarithmic scale nothing that is not above 0 has a place.
        outliers: Whether all values are in sight. Else it is the range of the 5th to the 95th
            percentile with a fifth of it on each side, as TensorBoard's "ignore outliers"
            (`computeDomain` in `vz_chart_helpers`), and never more than the values have.
    """
    drawable = values[values > 0] if log else values
    if not len(drawable):
        return None
    low, high = float(drawable.min()), float(drawable.max())
    if not outliers:
        scale = np.log10(drawable) if log else drawable
        a, b = np.percentile(scale, _OUTSIDE)
        a, b = a - _ROOM * (b - a), b + _ROOM * (b - a)
        if log:
            a, b = 10**a * (1 - 1e-9), 10**b * (1 + 1e-9)  # 10^log(v) may be a hair beside v
        low, high = max(low, float(a)), min(high, float(b))
    inside = ((drawable >= low) & (drawable <= high)).sum()
    return Span(low, high, int(len(values) - inside), len(values))
