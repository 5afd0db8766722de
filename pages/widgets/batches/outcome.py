"""The view Batches: the call, the epoch, and one batch with the samples that it was made of."""

import streamlit as st

from core.data import datasets
from core.data.batch import Explored
from core.data.before_after import fills_in_front
from core.data.exploration import Exploration
from core.data.loader_call import call_text
from core.messages import ThawError
from pages.widgets import notices
from pages.widgets.batches import (
    answer,
    batch_choice,
    batch_view,
    before_after,
    epoch_strip,
    order_view,
)
from pages.widgets.plain import plain


def show(wanted: Exploration) -> None:
    """Draws it; a loader that can't go on gets its sentence above what it made before."""
    st.code(call_text(wanted), language="python", wrap_lines=True)
    try:
        found = answer.of(wanted)
        dropped = order_view.dropped(wanted)
    except ThawError as error:
        notices.show(error, "error")
        return
    st.markdown(
        f"**{found.samples:,}** samples · **{found.total:,}** batches in an epoch · "
        f"the first **{len(found.batches)}** are here"
    )
    if found.problem:
        notices.show(found.problem, "warning")
    for warning in found.warnings:
        notices.show(f"PyTorch warns: {plain(warning)}", "info")
    if not found.batches:
        return
    number = batch_choice.choose(found)
    _epoch(wanted, found, number, dropped)
    before_after.show(wanted, found, number)
    is_image = datasets.find_dataset(wanted.data).kind == "image"
    in_front = fills_in_front(wanted.loader.collate)
    batch_view.show(
        found.batches[number], found.class_names, is_image=is_image, in_front=in_front
    )


def _epoch(
    wanted: Exploration, found: Explored, number: int, dropped: tuple[int, ...]
) -> None:
    batch_size = wanted.loader.batch_size
    epoch_strip.show(found, number, dropped, batch_size)
    if found.epochs and found.epochs[0]:
        epoch = found.epochs[0]
        sizes = [len(batch) for batch in epoch]
        if said := epoch_strip.said_of_the_end(sizes, epoch[-1], dropped, batch_size):
            st.caption(said)
