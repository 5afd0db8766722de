"""The views of the chosen model: one is shown at a time, and only that one is computed."""

from collections.abc import Callable

import streamlit as st

from pages.state import person
from pages.widgets import inside, notices, structure
from pages.widgets.models import compare_view, engines_panel, model_card, summary_view
from pages.widgets.models.viewed import Viewed

# A view draws itself when its tab is open. Its name is the tab's label.
VIEWS: dict[str, Callable[[Viewed], None]] = {
    "Summary": summary_view.show,
    "Structure": structure.show,
    "Inside": inside.show,
    "Card": model_card.show,
    "Compare": compare_view.show,
    "Engines": engines_panel.show,
}
KEY = "models.view"


@st.fragment
def show(viewed: Viewed) -> None:
    """Draws the tabs and what is in the open one.

    A fragment: what is changed within a view draws that view again and not the page.
    """
    first = person.opening(KEY, next(iter(VIEWS)))
    tabs = st.tabs(list(VIEWS), key=KEY, on_change="rerun", default=first)
    for (name, draw), tab in zip(VIEWS.items(), tabs, strict=True):
        if tab.open:
            person.remember(KEY, name)
            # A fragment's rerun passes by the guard around the page.
            with tab, notices.guarded():
                draw(viewed)
