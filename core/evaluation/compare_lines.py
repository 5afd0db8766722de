"""The lines of a comparison: of each run, or of several seeds as one, one a metric and split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.evaluation.chart_points import along, epoch_ends, smoothed, thinned
from core.evaluation.compare_view import CompareView
from core.evaluation.run_series import Metric, Series
from core.evaluation.seeds import band

Recorded = Mapping[Metric, Series]
_AT_STEPS = "step."
_PERCENT = ("accuracy",)  # recorded as shares, shown in percent
_FIRST = ("accuracy", "loss", "step.loss", "step.accuracy", "step.lr")


@dataclass(frozen=True)
class Line:
    """One line of a panel; all points, nothing thinned.

    Attributes:
        name: Of the run, or of the runs that are one line.
        split: "val" or "train".
        series: The points; the value smoothed, and in percent where it is a share.
        x: Where they lie on the view's axis, [N].
        raw: The values before smoothing, [N]; None where they are the same, and for a band.
        low: The lowest of several runs, [N]; None for one.
        high: The highest, likewise.
        runs: How many runs it is.
        best: Row of the best epoch; None where that is none of its points.
    """

    name: str
    split: str
    series: Series
    x: np.ndarray
    raw: np.ndarray | None = None
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    runs: int = 1
    best: int | None = None

    def __len__(self) -> int:
        return len(self.series)

    def part(self, first: int, last: int) -> "Line":
        """Its rows from one number to before another; without its best."""
        rows = slice(first, last)
        return Line(self.name, self.split, self.series.at(rows), self.x[rows], runs=self.runs, **{
            name: None if getattr(self, name) is None else getattr(self, name)[rows]
            for name in ("raw", "low", "high")
        })


def panels(recorded: Sequence[Recorded]) -> list[str]:
    """What can be drawn of these runs: what any of them recorded, the usual first."""
    found = {
        f"{_AT_STEPS if metric.kind == 'step' else ''}{metric.name}": None
        for one in recorded for metric in one
    }
    return [one for one in _FIRST if one in found] + sorted(set(found) - set(_FIRST))


def is_at_steps(panel: str) -> bool:
    """Whether a panel shows what was recorded at steps, and not after epochs."""
    return panel.startswith(_AT_STEPS)


def is_percent(panel: str) -> bool:
    """Whether a panel's values are shares, shown in percent."""
    return panel.removeprefix(_AT_STEPS) in _PERCENT


def lines(
    panel: str, recorded: Mapping[str, Recorded], members: Mapping[str, Sequence[str]],
    view: CompareView, best_epochs: Mapping[str, int | None],
) -> list[Line]:
    """The lines of a panel; those without a point are left out.

    The model before its first step is left out too: it guesses, and that point would squeeze all
    others together.

    Args:
        recorded: What each run recorded, by the run's name.
        members: The runs of each line, by the line's name; usually one.
        best_epochs: By the run's name.
    """
    kind = "step" if is_at_steps(panel) else "epoch"
    weight = view.smooth if kind == "step" else view.smooth_epochs
    metric = panel.removeprefix(_AT_STEPS)
    both = kind == "step" or view.training or not _has_val(recorded, metric)
    found = []
    for split in ("train", "val") if both else ("val",):
        for name, runs in members.items():
            parts = [
                (run, _shown(recorded[run].get(Metric(kind, split, metric)), panel)) for run in runs
            ]
            parts = [(run, series) for run, series in parts if series is not None]
            if not parts:
                continue
            line = _line(name, split, parts, recorded, view.x, weight)
            if len(line):
                found.append(_marked(line, kind, best_epochs.get(parts[0][0])))
    return found


def rows_to_draw(line: Line, most: int) -> np.ndarray:
    """Rows of a line that show all its extremes, and its band's (`chart_points.thinned`)."""
    others = [part for part in (line.raw, line.low, line.high) if part is not None]
    return thinned(line.series.value, most, *others)


def _has_val(recorded: Mapping[str, Recorded], metric: str) -> bool:
    return any(Metric("epoch", "val", metric) in one for one in recorded.values())


def _shown(series: Series | None, panel: str) -> Series | None:
    if series is None:
        return None
    series = series.at(series.epoch > 0)
    if not len(series):
        return None
    return replace(series, value=100 * series.value) if is_percent(panel) else series


def _line(
    name: str, split: str, parts: Sequence[tuple[str, Series]], recorded: Mapping[str, Recorded],
    axis: str, weight: float,
) -> Line:
    run, series = parts[0]
    ends = epoch_ends(recorded[run])
    if len(parts) > 1:
        found = band([one for _, one in parts], weight)
        return Line(name, split, found.mean, along(found.mean, axis, ends), low=found.low,
                    high=found.high, runs=found.runs)
    x = along(series, axis, ends)
    if not weight:
        return Line(name, split, series, x)
    smooth = replace(series, value=smoothed(series.value, weight))
    return Line(name, split, smooth, x, raw=series.value)


def _marked(line: Line, kind: str, best_epoch: int | None) -> Line:
    if kind != "epoch" or line.split != "val" or line.runs > 1 or best_epoch is None:
        return line
    at = np.flatnonzero(line.series.epoch == best_epoch)
    return replace(line, best=int(at[0])) if len(at) else line
