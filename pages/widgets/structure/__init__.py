"""The view Structure: the stages as a diagram with the tensors between them, all modules as a tree.

Opening, searching and choosing what size shows happen in the browser, so `data` is the same from
one rerun to the next (Streamlit then sends a hash in its place) and nothing comes back.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.messages import ThawError
from pages.widgets import notices, palette, row_tree
from pages.widgets.models import summary_data
from pages.widgets.models.viewed import Viewed
from pages.widgets.structure.payload import identity, payload

if TYPE_CHECKING:  # importing it loads torch
    from core.models.summary import Summary

KEY = "models.structure"
_FOLDER = Path(__file__).parent
# As one script, in this order.
_SCRIPTS = ("words.js", "modules.js", "tensor.js", "card.js", "flow.js", "tree.js", "mount.js")
_mount = st.components.v2.component(
    "thaw_structure",
    html='<div class="thaw-structure"></div>',
    css=(_FOLDER / "structure.css").read_text(encoding="utf-8"),
    js="\n".join(
        [row_tree.SCRIPT, *((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS)]
    ),
)


def show(viewed: Viewed) -> None:
    """Draws the diagram and the tree; an input that the model can't take gets its sentence."""
    try:
        found = summary_data.of(viewed)
    except ThawError as error:
        notices.show(error, "error")
        return
    _mount(key=KEY, data={**_drawn(identity(found), found), "colors": _colors()})


@st.cache_data(max_entries=50, show_spinner=False)
def _drawn(key: str, _summary: Summary) -> dict[str, object]:
    """What the browser has of a summary, by what tells it from others."""
    return payload(_summary)


def _colors() -> dict[str, str]:
    return {
        "parameters": palette.ACCENT.here(),
        "macs": palette.CATEGORICAL[1].here(),
        "activations": palette.CATEGORICAL[2].here(),
        "tensor": palette.CATEGORICAL[7].here(),
        "accent": palette.ACCENT.here(),
        "link": palette.CATEGORICAL[0].here(),
        "muted": palette.MUTED.here(),
        "line": palette.LINE.here(),
        "text": palette.TEXT.here(),
        "ground": palette.GROUND.here(),
    }
