"""The index map: which sample landed in which place of which batch, on a canvas."""

from pathlib import Path

import streamlit as st

from core.data.batch import Explored
from pages.widgets import palette
from pages.widgets.batches.index_map.payload import map_of

_FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "thaw_index_map",
    html='<div class="thaw-index-map"></div>',
    css=(_FOLDER / "map.css").read_text(encoding="utf-8"),
    js="\n".join(
        (_FOLDER / name).read_text(encoding="utf-8") for name in ("layout.js", "map.js")
    ),
)
# Far apart from end to end, and none of them is ice or warmth alone.
_RAMP = (0, 4, 1, 3, 2)


def show(maps: dict[str, tuple[Explored, Explored]]) -> None:
    """Draws one map, or two side by side.

    Args:
        maps: By its title: what the loader yields, and what it would without `drop_last`.
    """
    drawn = [map_of(title, found, whole) for title, (found, whole) in maps.items()]
    _mount(key="batches.index_map", data={"maps": drawn, "colors": _colors()})


def _colors() -> dict[str, object]:
    return {
        "text": palette.TEXT.here(), "muted": palette.MUTED.here(), "line": palette.LINE.here(),
        "ground": palette.GROUND.here(), "accent": palette.ACCENT.here(),
        "classes": palette.categorical(),
        "ramp": [palette.CATEGORICAL[place].here() for place in _RAMP],
    }
