"""Many lines over one axis on a canvas, a panel a metric; drawn fast, each found by its name."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.state import person
from pages.widgets import palette

_FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "thaw_line_chart",
    html='<div class="thaw-lines"></div>',
    css=(_FOLDER / "chart.css").read_text(encoding="utf-8"),
    js="".join(
        path.read_text(encoding="utf-8")
        for path in (
            _FOLDER.parent / "plot.js", _FOLDER.parent / "zoom_keys.js", _FOLDER / "chart.js"
        )
    ),
)


@dataclass(frozen=True)
class Name:
    """What the lines of one run, or of several as one, are known by.

    Attributes:
        note: What tells it apart from the others; "" for nothing.
        color: `#RRGGBB`.
    """

    name: str
    note: str
    color: str


def zoom(key: str) -> tuple[float, float] | None:
    """The part of the axis that a person looks at closely in the chart of this key, or None."""
    held = person.held(key)
    ends = held.get("zoom") if isinstance(held, Mapping) else None
    if not isinstance(ends, Sequence) or len(ends) != 2:
        return None
    return (float(ends[0]), float(ends[1])) if all(map(_is_number, ends)) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def show(
    key: str, names: Sequence[Name], panels: Sequence[dict], *, axis: str, revision: str
) -> None:
    """Draws the panels; what a person pinned and zoomed into stays while the key is the same.

    Args:
        panels: `id`, `title`, `none` (a sentence in place of a chart without lines), `low`,
            `high`, `log`, `outliers` of each, and its `lines`: `n` (number of its name), `x`,
            `y`, `split`, `paired` (whether a line of the other split stands beside it), and where
            there are any `raw`, `low`, `high` (a list each) and `best` ([x, y]).
        axis: One of `chart_points.AXES`.
        revision: Of what is shown; the chart says when it has drawn it.
    """
    _mount(
        key=key,
        on_zoom_change=lambda: None,
        data={
            "names": [vars(name) for name in names],
            "panels": list(panels),
            "axis": axis,
            "revision": revision,
            "colors": {
                "accent": palette.ACCENT.here(), "muted": palette.MUTED.here(),
                "line": palette.LINE.here(), "ground": palette.GROUND.here(),
            },
        },
    )
