"""Lines as the chart in the browser takes them: thinned to its pixels, short numbers."""

from collections.abc import Sequence

import numpy as np

from core.evaluation import chart_points, compare_lines
from core.evaluation.chart_points import Span
from core.evaluation.compare_lines import Line
from core.evaluation.compare_view import CompareView
from pages.widgets.runs import panel_words

FEW = 8  # lines that colours tell apart
_POINTS, _POINTS_OF_MANY = 800, 400  # to draw of a line
_DIGITS = 6  # of a number; a pixel is less than the fourth


def span(lines: Sequence[Line], panel: str, view: CompareView) -> Span | None:
    """The axis for these lines, for the values behind them and their bands; None without any."""
    values = [part for line in lines for part in _parts(line)]
    if not values:
        return None
    return chart_points.span(
        np.concatenate(values), log=panel in view.log, outliers=view.outliers
    )


def _parts(line: Line) -> tuple[np.ndarray, ...]:
    if line.low is not None:
        return line.low, line.high
    return (line.series.value if line.raw is None else line.raw,)


def of(
    panel: str, names: Sequence[str], lines: Sequence[Line], span: Span | None, view: CompareView,
    zoom: tuple[float, float] | None = None,
) -> dict:
    """A panel as `line_chart.show` takes it.

    Args:
        names: Of all lines, in the order of their colours.
        span: As `span` gives it.
        zoom: A part of the axis that has as many points for itself as the whole.
    """
    log = panel in view.log
    most = _POINTS if len(names) <= FEW else _POINTS_OF_MANY
    splits = {line.split for line in lines}
    drawn = [
        _line(line, _rows(line, most, zoom, log), names.index(line.name), len(splits) > 1, log)
        for line in lines
    ] if span else []
    return {
        "id": panel,
        "title": panel_words.title(panel, splits),
        "none": "No value is above 0, so a logarithmic scale has a place for none." if lines
        else "None of these runs recorded it.",
        "low": span.low if span else 0.0,
        "high": span.high if span else 1.0,
        "log": log,
        "outliers": view.outliers,
        "lines": [line for line in drawn if line["x"]],
    }


def _rows(
    line: Line, most: int, zoom: tuple[float, float] | None, log: bool
) -> np.ndarray:
    """The rows to draw: of the whole line, and of what is looked at closely."""
    rows = compare_lines.rows_to_draw(line, most)
    if zoom:
        first, last = np.searchsorted(line.x, zoom)
        rows = np.union1d(rows, first + compare_lines.rows_to_draw(line.part(first, last), most))
    # What is not above 0 has no place on a logarithmic scale; the page says how many.
    return rows[line.series.value[rows] > 0] if log else rows


def _line(line: Line, rows: np.ndarray, n: int, paired: bool, log: bool) -> dict:
    value = line.series.value
    found = {
        "n": n, "split": line.split, "paired": paired, "x": _short(line.x[rows]),
        "y": _short(value[rows]),
    }
    for name in ("raw", "low", "high"):
        if (part := getattr(line, name)) is not None:
            # Far below the axis where there is no place for it.
            found[name] = _short(np.maximum(part[rows], 1e-9 * value[rows]) if log else part[rows])
    if line.best is not None and not (log and value[line.best] <= 0):
        found["best"] = _short(np.array([line.x[line.best], value[line.best]]))
    return found


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in values.tolist()]
