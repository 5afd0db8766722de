"""The map of a sweep: two fields as a grid of cells, a third as grids beside each other."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.evaluation.sweep import METRICS, Metric
from core.runs.sweep_spec import AxisSpec
from pages.widgets import field_words, palette
from pages.widgets.sweep import words

CELL = "cell"  # the selection that a click on a cell makes: its number
_STEP = 44  # pixels of a row
_COLUMN = 104  # of a column, where there is room
_SMALL = 6  # columns from which the numbers are smaller
_HEIGHT = 320  # of a line's chart
_FONT = 13


def grid(frame: pd.DataFrame, axes: Sequence[AxisSpec]) -> alt.LayerChart:
    """Two fields: a cell a place with its number; the longer field goes down, as on a phone.

    Args:
        frame: As `map_data.frame` gives it.
    """
    across, down, x, y = _turned(axes)
    columns = len(across.values)
    base = alt.Chart(frame, height=alt.Step(_STEP)).encode(
        x=alt.X(f"{x}:N", sort=None, title=field_words.label(across.field),
                scale=alt.Scale(domain=_labels(across), paddingInner=0.03),
                axis=_axis(labelAngle=0 if columns <= 3 else -45, orient="top")),
        y=alt.Y(f"{y}:N", sort=None, title=field_words.label(down.field),
                scale=alt.Scale(domain=_labels(down), paddingInner=0.06), axis=_axis()),
    )
    cells = base.mark_rect(cornerRadius=3).encode(
        color=alt.Color("fill:N", scale=None, legend=None),
        stroke=alt.condition("datum.best", alt.value(palette.TEXT.here()), alt.value(None)),
        strokeWidth=alt.condition("datum.best", alt.value(3), alt.value(0)),
        tooltip=_tooltip(frame),
    ).add_params(_clicked())
    # Without a tooltip of their own the numbers let a click through to their cell.
    numbers = base.mark_text(fontSize=_FONT if columns < _SMALL else 11, fontWeight=600).encode(
        text="text:N", color=alt.Color("ink:N", scale=None, legend=None)
    )
    return alt.layer(cells, numbers)


def width_of(axes: Sequence[AxisSpec]) -> int:
    """Pixels that a grid wants; a narrow window gives it less."""
    across, down, _, _ = _turned(axes)
    return 60 + 7 * min(max(map(len, _labels(down))), 18) + max(
        _COLUMN * len(across.values), 160
    )


def line(frame: pd.DataFrame, axis: AxisSpec, metric: Metric, *, joined: bool) -> alt.LayerChart:
    """One field: a point a value, joined where the values are numbers; seeds as a range.

    Args:
        frame: As `map_data.frame` gives it.
    """
    frame = frame.assign(
        **{name: frame[name] * (100 if metric in ("val_accuracy", "accuracy") else 1)
           for name in ("value", "low", "high")}
    )
    base = alt.Chart(frame, height=_HEIGHT).encode(
        x=alt.X("x:N", sort=None, title=field_words.label(axis.field),
                scale=alt.Scale(domain=_labels(axis)),
                axis=_axis(labelAngle=0 if len(axis.values) <= 5 else -45)),
    )
    title = words.METRICS[metric] + (", %" if metric in ("val_accuracy", "accuracy") else "")
    y = alt.Y("value:Q", title=title, scale=alt.Scale(zero=False, padding=28),
              axis=alt.Axis(tickCount=5, labelFontSize=_FONT, titleFontSize=_FONT))
    accent, text = palette.ACCENT.here(), palette.TEXT.here()
    known = base.transform_filter("isValid(datum.value)")
    layers = [
        known.mark_rule(strokeWidth=3, opacity=0.45, color=accent).encode(
            y=alt.Y("low:Q", title=title), y2="high:Q"
        ),
        known.mark_point(filled=True, opacity=1, size=110, color=accent).encode(y=y),
        known.mark_text(fontSize=_FONT, fontWeight=600, dy=-15, color=text).encode(
            y=y, text="text:N"
        ),
        base.transform_filter("!isValid(datum.value)").mark_text(fontSize=15, color=text).encode(
            y=alt.value(_HEIGHT - 14), text="text:N"
        ),
        # Wide and unseen, so that a finger or a pointer need not hit the point.
        base.mark_rect(opacity=0.0001, width={"band": 1}).encode(
            y=alt.value(0), y2=alt.value(_HEIGHT), tooltip=_tooltip(frame)
        ).add_params(_clicked()),
    ]
    if joined:
        layers.insert(1, known.mark_line(strokeWidth=2, color=accent).encode(y=y))
    return alt.layer(*layers)


def _turned(axes: Sequence[AxisSpec]) -> tuple[AxisSpec, AxisSpec, str, str]:
    """The field across, the field down, and the frame's columns that hold them."""
    first, second = axes[:2]
    if len(first.values) > len(second.values):
        return second, first, "y", "x"
    return first, second, "x", "y"


def _labels(axis: AxisSpec) -> list[str]:
    return [words.value(axis.field, value) for value in axis.values]


def _axis(**more: object) -> alt.Axis:
    return alt.Axis(domain=False, ticks=False, grid=False, labelLimit=120, labelFontSize=_FONT,
                    titleFontSize=_FONT, labelPadding=6, **more)


def _clicked() -> alt.Parameter:
    return alt.selection_point(name=CELL, fields=["cell"], toggle=False)


def _tooltip(frame: pd.DataFrame) -> list[alt.Tooltip]:
    seeds = [alt.Tooltip("seeds:N", title="finished")] if frame["seeds"].any() else []
    return [
        alt.Tooltip("where:N", title="cell"), alt.Tooltip("standing:N", title="run"), *seeds,
        *(alt.Tooltip(f"told_{one}:N", title=words.METRICS[one].lower()) for one in METRICS),
    ]
