"""The curves of a run: a canvas in the browser that is sent only the points that are new."""

from pathlib import Path

import streamlit as st

from core.runs.feed import Points
from pages.widgets import palette

_FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "thaw_live_chart",
    html='<div class="thaw-chart"></div>',
    css=(_FOLDER / "chart.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "chart.js").read_text(encoding="utf-8"),
)


def show(key: str, points: Points, *, whole: bool, best_epoch: int | None, live: bool) -> None:
    """Draws the loss, the accuracy and the learning rate of a run over its steps.

    Args:
        key: One a run; the same key goes on with the same curves.
        points: All points, or those that are new with some overlap: messages that the browser
            has not taken yet may be merged, so points carry numbers.
        whole: Whether `points` are all there are, so that older ones are dropped.
        best_epoch: Is marked.
        live: Whether more is to come.
    """
    _mount(
        key=key,
        data={
            "revision": points.revision,
            "whole": whole,
            "steps": points.steps,
            "epochs": points.epochs,
            "marks": points.marks,
            "count": points.count,
            "best": best_epoch,
            "live": live,
            "colors": {
                "train": palette.TRAINABLE.here(),
                "val": palette.ACCENT.here(),
                "muted": palette.MUTED.here(),
                "line": palette.LINE.here(),
                "text": palette.TEXT.here(),
                "ground": palette.GROUND.here(),
            },
        },
    )
