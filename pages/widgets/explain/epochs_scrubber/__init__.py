"""One slider over a run's epochs: confusion matrix, curve and followed images move with it.

All epochs are sent once; moving the slider asks the server nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.widgets import ink, palette
from pages.widgets.explain.epochs_scrubber.payload import payload_of

if TYPE_CHECKING:  # importing them loads torch
    from core.evaluation.epochs import Story
    from pages.widgets.explain.epochs_followed import Followed

_FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "thaw_epochs_scrubber",
    html='<div class="thaw-epochs"></div>',
    css=(_FOLDER / "scrubber.css").read_text(encoding="utf-8"),
    js="\n".join(
        (_FOLDER / name).read_text(encoding="utf-8")
        for name in ("curve.js", "confusion.js", "scrubber.js")
    ),
)


def show(story: Story, followed: Followed, key: str) -> None:
    """Draws it.

    Args:
        followed: The images that are shown, with their heat maps.
        key: One a run and split; the same key keeps the place of the slider.
    """
    colors = _colors()
    inks = {name: _inks(colors[name]) for name in ("accent", "mistake")}
    _mount(key=key, data={**payload_of(story, followed), "colors": colors, "inks": inks})


def _inks(colour: str) -> list[str]:
    """The colour of a text on this one, for each percent of its opacity."""
    return [ink.on(ink.over_ground(colour, percent / 100)) for percent in range(101)]


def _colors() -> dict[str, str]:
    return {
        "accent": palette.ACCENT.here(), "mistake": palette.CATEGORICAL[3].here(),
        "loss": palette.CATEGORICAL[1].here(), "text": palette.TEXT.here(),
        "muted": palette.MUTED.here(), "line": palette.LINE.here(),
        "ground": palette.GROUND.here(),
    }
