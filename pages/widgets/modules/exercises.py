"""The tabs of the Modules page: the exercises and a user's own architecture, one at a time."""

from collections.abc import Callable

import streamlit as st

from pages.state import person
from pages.widgets import notices
from pages.widgets.modules import (
    exercises_hook,
    exercises_registration,
    exercises_repr,
    exercises_unused,
    own_architecture,
)

# Each draws itself when its tab is open. Its name is the tab's label.
EXERCISES: dict[str, Callable[[], None]] = {
    "What a module says": exercises_repr.show,
    "Forward hooks": exercises_hook.show,
    "Layers that nothing uses": exercises_unused.show,
    "What belongs to a module": exercises_registration.show,
    "Your own architecture": own_architecture.show,
}
KEY = "modules.exercise"


@st.fragment
def show() -> None:
    """Draws the tabs and what is in the open one.

    A fragment: what is changed in a tab draws that tab again and not the page.
    """
    tabs = st.tabs(
        list(EXERCISES), key=KEY, on_change="rerun",
        default=person.opening(KEY, next(iter(EXERCISES))),
    )
    for (name, draw), tab in zip(EXERCISES.items(), tabs, strict=True):
        if tab.open:
            person.remember(KEY, name)
            with tab, notices.guarded():
                draw()
