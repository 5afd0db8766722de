"""Before and after collate as one picture: a sample has one colour on both sides."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.data import collate_table, datasets
from core.data.batch import Explored
from core.data.exploration import Exploration
from pages.widgets import palette
from pages.widgets.batches.before_after.drawn import draw_picture

_FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "thaw_before_after",
    html='<div class="thaw-before-after"></div>',
    css=(_FOLDER / "picture.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "picture.js").read_text(encoding="utf-8"),
)


def show(wanted: Exploration, found: Explored, number: int) -> None:
    """Draws it for one of the batches that were made."""
    _mount(
        key="batches.before_after",
        data={"html": _drawn(wanted, number, found), "colors": _colors()},
    )


@st.cache_data(max_entries=50, show_spinner=False)
def _drawn(wanted: Exploration, number: int, _found: Explored) -> str:
    """By what was asked for: the loader gives the same every time."""
    collate = wanted.loader.collate
    if wanted.loader.batch_size is None and collate == "default":
        function = "default_convert"
    else:
        function = collate_table.find_collate(collate).function or "default_collate"
    is_image = datasets.find_dataset(wanted.data).kind == "image"
    return draw_picture(
        _found.batches[number], collate, function, _found.class_names, is_image=is_image
    )


def _colors() -> dict[str, str]:
    named = {f"c{place}": color for place, color in enumerate(palette.categorical())}
    return {
        **named, "text": palette.TEXT.here(), "muted": palette.MUTED.here(),
        "line": palette.LINE.here(), "ground": palette.GROUND.here(),
        "accent": palette.ACCENT.here(),
    }
