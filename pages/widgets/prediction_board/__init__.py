"""A board on which one draws the curve that one expects: by mouse, finger or arrow keys."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st

from pages.widgets import palette

_FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "thaw_prediction_board",
    html='<div class="thaw-board"></div>',
    css=(_FOLDER / "board.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "board.js").read_text(encoding="utf-8"),
)


def show(
    key: str, epochs: Sequence[int], values: Sequence[float] | None, *, chance: float,
    level: bool, revision: str, taken: int, on_drawn: Callable[[], object],
) -> None:
    """Draws the board; what is drawn on it is held under its key (`drawn`).

    Args:
        epochs: Of the handles.
        values: Accuracy of each, in [0, 1]; None while nothing is drawn.
        chance: Accuracy of guessing; 0 for unknown.
        level: One value for all: the accuracy at the end alone.
        revision: Another one with each curve that did not come from this board.
        taken: Number of the last change that is part of `values`.
        on_drawn: Called with every change before a page is drawn, and it may be another page.
    """
    _mount(
        key=key,
        data={
            "epochs": list(epochs),
            "values": None if values is None else list(values),
            "chance": chance,
            "level": level,
            "revision": revision,
            "taken": taken,
            "colors": {
                "accent": palette.ACCENT.here(), "muted": palette.MUTED.here(),
                "line": palette.LINE.here(), "text": palette.TEXT.here(),
                "ground": palette.GROUND.here(),
            },
        },
        on_drawn_change=on_drawn,
    )


def drawn(held: object, revision: str, count: int) -> tuple[int, tuple[float, ...]] | None:
    """What was drawn on the board of a revision: the change's number and the values.

    Args:
        held: Under the board's key.
        count: Of its handles.
    """
    sent = held.get("drawn") if isinstance(held, Mapping) else None
    match sent:
        case {"revision": str(of), "count": int(number), "values": [*values]} if (
            of == revision and len(values) == count
            and all(isinstance(one, int | float) and 0 <= one <= 1 for one in values)
        ):
            return number, tuple(float(one) for one in values)
    return None
