"""Which image is looked at: one that the run never saw, one of its mistakes, or an own one."""

from __future__ import annotations

import streamlit as st

from core.messages import ThawError
from pages.state import person
from pages.widgets import notices
from pages.widgets.explain import heat_data
from pages.widgets.explain.heat_data import Asked, Picture
from pages.widgets.runs import evaluated
from pages.widgets.runs.reading import SeenRun

_HELD_OUT, _MISTAKES, _OWN = "Held-out", "Mistakes", "Own"
_TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
_MB = 20


def edit(seen: SeenRun, which: str, model: Asked) -> Picture | None:
    """Draws the choice; None while there is no image yet, which it says.

    Args:
        which: The checkpoint whose mistakes are meant.
        model: The same, to be asked.

    Raises:
        ThawError: If the data is not what the run had, or is gone.
    """
    way = st.segmented_control(
        "Image", [_HELD_OUT, _MISTAKES, _OWN], default=_HELD_OUT, required=True,
        key=f"explain.way {seen.id}", persist_state="session",
        help="Held-out images are those of the test split, which the run never saw.",
    )
    if way == _OWN:
        return _own(seen, model)
    places = heat_data.held_out_places(model)
    if way == _MISTAKES:
        with st.spinner("Reading the held-out images…"):
            judged = evaluated.judged(seen.run, which, "test")
        from core.evaluation.mistakes import mistakes

        places = judged.places[mistakes(judged)]
        if not len(places):
            st.markdown(f"No mistake: all {len(judged):,} held-out images are right.")
            return None
    at = _number(f"explain.{way} {seen.id} {which if way == _MISTAKES else ''}", len(places),
                 "Mistake" if way == _MISTAKES else "Image")
    return heat_data.held_out(model, int(places[at]))


def _number(key: str, count: int, word: str) -> int:
    """Which of so many, from 0; a button draws another one."""
    def another() -> None:
        tried = int(person.choice(f"{key} drawn", 0)) + 1
        person.remember(f"{key} drawn", tried)
        import numpy as np

        person.hold(key, int(np.random.default_rng(tried).integers(count)) + 1)

    if (person.held(key) or 1) > count:
        person.hold(key, count)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        at = st.number_input(
            f"{word}, of {count:,}", 1, count, key=key, persist_state="session", width=135,
            help="The surest mistake first." if word == "Mistake" else None,
        )
        st.button("Another", icon=":material/casino:", on_click=another, key=f"{key} another",
                  disabled=count == 1)
    return int(at) - 1


def _own(seen: SeenRun, model: Asked) -> Picture | None:
    file = st.file_uploader(
        "Your picture", type=_TYPES, max_upload_size=_MB, key=f"explain.file {seen.id}",
        label_visibility="collapsed",
    )
    invert = st.toggle(
        "Invert: dark ink on light paper", key=f"explain.invert {seen.id}",
        persist_state="session",
        help="Swaps dark and light, for a model that learned light strokes on a dark ground. "
        "A run on scikit-learn's digits tells paper from ink by itself.",
    )
    if file is None:
        st.caption("It is looked at as soon as it is here, and not kept.")
        return None
    try:
        return heat_data.own(model, file.name, file.getvalue(), invert=invert)
    except ThawError as error:
        notices.show(error, "warning")
        return None
