"""The map of a sweep over two fields: a grid of cells, each with its number."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.evaluation.sweep import METRICS
from core.runs.sweep_spec import AxisSpec
from pages.widgets import field_words, palette
from pages.widgets.sweep import words

CELL = "cell"  # the selection that a click on a cell makes: its number
_STEP = 44  # pixels of a row
_COLUMN = 104  # of a column, where there is room
_SMALL = 6  # columns from which the numbers are smaller
FONT = 13


def grid(frame: pd.DataFrame, axes: Sequence[AxisSpec]) -> alt.LayerChart:
    """Two fields: a cell a place with its number; the longer field goes down, as on a phone.

    Args:
        frame: As `map_data.frame` gives it.
    """
    across, down, x, y = _turned(axes)
    columns = len(across.values)
    base = alt.Chart(frame, height=alt.Step(_STEP)).encode(
        x=alt.X(f"{x}:N", sort=None, title=field_words.label(across.field),
                scale=alt.Scale(domain=labels_of(across), paddingInner=0.03),
                axis=axis_of(labelAngle=0 if columns <= 3 else -45, orient="top")),
        y=alt.Y(f"{y}:N", sort=None, title=field_words.label(down.field),
                scale=alt.Scale(domain=labels_of(down), paddingInner=0.06), axis=axis_of()),
    )
    cells = base.mark_rect(cornerRadius=3).encode(
        color=alt.Color("fill:N", scale=None, legend=None),
        stroke=alt.condition("datum.best", alt.value(palette.TEXT.here()), alt.value(None)),
        strokeWidth=alt.condition("datum.best", alt.value(3), alt.value(0)),
        tooltip=tooltip_of(frame),
    ).add_params(clicked())
    # Without a tooltip of their own the numbers let a click through to their cell.
    numbers = base.mark_text(fontSize=FONT if columns < _SMALL else 11, fontWeight=600).encode(
        text="text:N", color=alt.Color("ink:N", scale=None, legend=None)
    )
    return alt.layer(cells, numbers)


def width_of(axes: Sequence[AxisSpec]) -> int:
    """Pixels that a grid wants; a narrow window gives it less."""
    across, down, _, _ = _turned(axes)
    return 60 + 7 * min(max(map(len, labels_of(down))), 18) + max(
        _COLUMN * len(across.values), 160
    )


def _turned(axes: Sequence[AxisSpec]) -> tuple[AxisSpec, AxisSpec, str, str]:
    """The field across, the field down, and the frame's columns that hold them."""
    first, second = axes[:2]
    if len(first.values) > len(second.values):
        return second, first, "y", "x"
    return first, second, "x", "y"


def labels_of(axis: AxisSpec) -> list[str]:
    """The values of a field as the page calls them."""
    return [words.value(axis.field, value) for value in axis.values]


def axis_of(**more: object) -> alt.Axis:
    """An axis of values that each have a place; none of them is left out."""
    return alt.Axis(domain=False, ticks=False, grid=False, labelLimit=130, labelFontSize=FONT,
                    titleFontSize=FONT, labelPadding=6, labelOverlap=False, **more)


def clicked() -> alt.Parameter:
    """The selection that a click makes."""
    return alt.selection_point(name=CELL, fields=["cell"], toggle=False)


def tooltip_of(frame: pd.DataFrame) -> list[alt.Tooltip]:
    """All figures of a cell."""
    seeds = [alt.Tooltip("seeds:N", title="finished")] if frame["seeds"].any() else []
    return [
        alt.Tooltip("where:N", title="cell"), alt.Tooltip("standing:N", title="run"), *seeds,
        *(alt.Tooltip(f"told_{one}:N", title=words.METRICS[one].lower()) for one in METRICS),
    ]
