"""What the loader yields: the call, how much there is, and each batch."""

import streamlit as st

from core.data import datasets
from core.data.exploration import Exploration, call_text
from core.messages import ThawError
from pages.widgets import notices
from pages.widgets.batches import answer, batch_view, overview


def show(wanted: Exploration) -> None:
    """Draws it; a loader that can't go on gets its sentence above what it made before."""
    st.code(call_text(wanted), language="python", wrap_lines=True)
    try:
        found = answer.of(wanted)
    except ThawError as error:
        notices.show(error, "error")
        return
    st.markdown(
        f"**{found.samples:,}** samples · **{found.total:,}** batches in an epoch · "
        f"the first **{len(found.batches)}** are shown"
    )
    if found.problem:
        notices.show(found.problem, "warning")
    if found.batches:
        overview.show(found)
    is_image = datasets.find_dataset(wanted.data).kind == "image"
    for number, batch in enumerate(found.batches):
        batch_view.show(number, batch, found.class_names, is_image=is_image)
