"""The views of the Batches page: one is shown at a time, and only that one is computed."""

from collections.abc import Callable

import streamlit as st

from core.data.exploration import Exploration
from pages.state import person
from pages.widgets import notices
from pages.widgets.batches import (
    code_view,
    collate_view,
    lab_view,
    order_view,
    outcome,
    own_code,
    race_view,
    transforms_view,
)

# A view of what the form beside it says. Its name is its label.
BESIDE_FORM: dict[str, Callable[[Exploration], None]] = {
    "Batches": outcome.show,
    "Order": order_view.show,
    "Workers": race_view.show,
    "Code": code_view.show,
}
# A view with inputs of its own, as wide as the page.
WIDE: dict[str, Callable[[], None]] = {
    "Collate": collate_view.show,
    "Write your own": own_code.show,
    "Transforms": transforms_view.show,
    "Broken loaders": lab_view.show,
}
KEY = "batches.view"


def choose() -> str:
    """Draws the names of the views; the one that is open."""
    # Only what is there can be opened: a session may be older than the views.
    names = [*BESIDE_FORM, *WIDE]
    first = person.opening(KEY, names[0])
    chosen = st.segmented_control(
        "View", names, default=first if first in names else names[0], key=KEY, required=True,
        label_visibility="collapsed",
    )
    person.remember(KEY, chosen)
    return chosen


@st.fragment
def show_beside(name: str, wanted: Exploration) -> None:
    """Draws a view beside the form.

    A fragment: what is changed within a view draws that view again and not the page.
    """
    # A fragment's rerun passes by the guard around the page.
    with notices.guarded():
        BESIDE_FORM[name](wanted)


@st.fragment
def show_wide(name: str) -> None:
    """Draws a view that is as wide as the page; a fragment likewise."""
    with notices.guarded():
        WIDE[name]()
