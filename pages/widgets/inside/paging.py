"""The order of channels or filters, and which of them are on the page."""

import numpy as np
import streamlit as st

_ORDERS = {"number": "As numbered", "strongest": "Strongest first", "weakest": "Weakest first"}


def order() -> str:
    """Draws the choice of the order: a key of what `FeatureMaps.order` takes."""
    return st.segmented_control(
        "Order", list(_ORDERS), default="number", required=True, key="inside.order",
        format_func=_ORDERS.get, persist_state="session",
    )


def page(numbers: np.ndarray, most: int, key: str) -> np.ndarray:
    """The numbers on the chosen page; draws the choice where there are more than one page."""
    pages = -(-len(numbers) // most)
    if pages == 1:
        return numbers
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        at = st.pagination(pages, key=f"inside.page {key}", persist_state="session")
        st.caption(f"{most} of {len(numbers):,} on a page")
    return numbers[(at - 1) * most : at * most]
