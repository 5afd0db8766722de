"""The weights of the convolutions that read the picture, as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.widgets.inside import paging

if TYPE_CHECKING:
    from core.explain.first_conv import Filters

_PAGE = 64  # filters
_WIDTH = 520  # pixels
_SCALES = {"each": "Each filter by itself", "all": "All on one scale"}


def show(found: Sequence[Filters], key: str, *, saw_grey: bool = False) -> None:
    """Draws the filters of each convolution, a page of them at a time.

    Args:
        key: Tells one model from another.
        saw_grey: Whether the weights learned from grey pictures alone.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        order = paging.order()
        scale = st.segmented_control(
            "Colour", list(_SCALES), default="each", required=True, key="inside.filter_scale",
            format_func=_SCALES.get, persist_state="session",
        )
    for one in found:
        _show_one(one, order, scale, key)
    if saw_grey:
        st.caption("These weights learned from grey pictures, where all three channels are the "
                   "same: only the sum of a filter's colours was trained, their hue was not.")


def _show_one(found: Filters, order: str, scale: str, key: str) -> None:
    from core.explain.first_conv import filter_grid

    count, channels = found.weight.shape[:2]
    kernel = " × ".join(map(str, found.kernel))
    st.markdown(f"**{found.name}** · {count} filters of {kernel} on {channels} channels")
    most = _PAGE if found.is_rgb else max(1, _PAGE // channels)
    chosen = paging.page(found.order(order), most, f"{key} {found.name} {order}")
    picture, words = st.columns([3, 2], gap="medium")
    picture.image(filter_grid(found, chosen, scale), width=_WIDTH)
    with words:
        st.markdown(_about(found))
        if len(chosen) < count:
            st.caption(f"On this page: {', '.join(map(str, chosen[:8]))} …")


def _about(found: Filters) -> str:
    parts = ["This convolution reads the picture itself, so its weights can be looked at as "
             "pictures: what a filter looks like is what it answers to."]
    parts.append("Red, green and blue are the weights of the three channels." if found.is_rgb
                 else "A filter has one picture for each channel, side by side.")
    if len(found.kernel) == 3:
        parts.append("It looks at several frames; they stand side by side.")
    parts.append("Middle grey is a weight of zero. Eight in a row, from the top left.")
    return " ".join(parts)
