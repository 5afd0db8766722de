"""The curves of a run: a canvas in the browser that is sent only the points that are new."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from core.runs.feed import Points
from core.runs.prediction import Prediction
from pages.widgets import palette
from pages.widgets import predictions as predicted

Line = Sequence[tuple[float, float]]  # (step, accuracy in [0, 1])
_FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "thaw_live_chart",
    html='<div class="thaw-chart"></div>',
    css=(_FOLDER / "chart.css").read_text(encoding="utf-8"),
    js="".join(
        path.read_text(encoding="utf-8")
        for path in (
            _FOLDER.parent / "plot.js", _FOLDER.parent / "zoom_keys.js", _FOLDER / "chart.js"
        )
    ),
)


def show(
    key: str, points: Points, *, whole: bool, best_epoch: int | None, live: bool,
    predictions: Mapping[Prediction, Line] | None = None,
) -> None:
    """Draws the loss, the accuracy and the learning rate of a run over its steps.

    Args:
        key: One a run; the same key goes on with the same curves.
        points: All points, or those that are new with some overlap: messages that the browser
            has not taken yet may be merged, so points carry numbers.
        whole: Whether `points` are all there are, so that older ones are dropped.
        best_epoch: Is marked.
        live: Whether more is to come.
        predictions: What was predicted of the accuracy, over steps.
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
            "predictions": [
                {"name": predicted.title(one), "line": line, "level": one.kind == "final"}
                for one, line in (predictions or {}).items() if line
            ],
            "colors": {
                "train": palette.TRAINABLE.here(),
                "val": palette.ACCENT.here(),
                "muted": palette.MUTED.here(),
                "line": palette.LINE.here(),
                "text": palette.TEXT.here(),
                "ground": palette.GROUND.here(),
                "predicted": predicted.colours(),
            },
        },
    )
