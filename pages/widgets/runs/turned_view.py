"""Two checkpoints on the same images: which turned right, which wrong."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages.state import person
from pages.widgets.runs import checkpoint_choice, evaluated, gallery, judging, reading
from pages.widgets.runs.judging import Wanted
from pages.widgets.runs.reading import SeenRun

if TYPE_CHECKING:  # importing it loads torch
    from core.evaluation.judged import Judged

_WORDS = {
    "turned_right": "Turned right", "turned_wrong": "Turned wrong",
    "both_wrong": "Wrong in both", "both_right": "Right in both",
}


def show(seen: SeenRun, which: str, images: evaluated.Images, judged: Judged) -> None:
    """Draws the choice of the other checkpoint, and the images by what became of them.

    Args:
        which: The checkpoint whose answers these are.
    """
    other, _ = st.columns([2, 4])
    with other:
        earlier = checkpoint_choice.edit(
            seen.run, reading.checkpoints_of(seen.run), "runs.turned", label="From checkpoint",
            first=-1,
        )
    name = f"runs.turned from {seen.id}"
    if not st.toggle("Compare with it", key=name, persist_state="session",
                     help="Judges the other checkpoint on the same images."):
        return
    wanted = Wanted(seen.run, earlier, images)
    if not wanted.is_known:
        titles = {"Reading the images": wanted}
        if judging.follow(titles, partial(person.hold, name, False)):
            return
        if not judging.has_failed(wanted):
            judging.begin([wanted])
            st.rerun()
        return
    before = evaluated.judged(seen.run, earlier, images)
    from core.evaluation import mistakes

    found = mistakes.turned(before, judged)
    st.markdown(
        f"Epoch {before.epoch} had {before.right.sum():,} of {len(before):,} right, epoch "
        f"{judged.epoch} has {judged.right.sum():,}."
    )
    kind = st.segmented_control(
        "Images", list(_WORDS), default="turned_right", required=True,
        format_func=lambda one: f"{_WORDS[one]} ({len(getattr(found, one)):,})",
        key=f"runs.turned kind {seen.id}", persist_state="session", label_visibility="collapsed",
    )
    gallery.show(seen.run, which, images, judged, getattr(found, kind), "No image of that kind.")
