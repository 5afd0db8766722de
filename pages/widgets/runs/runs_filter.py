"""The inputs above the runs: search, and which data sets."""

from collections.abc import Sequence

import streamlit as st

from pages.widgets.runs.runs_frame import Filter


def edit(data: Sequence[str]) -> Filter:
    """Draws the inputs and returns what they say; they keep it over page switches.

    Args:
        data: Titles of the data sets that runs were trained on.
    """
    search, chosen, _ = st.columns([3, 3, 2])
    return Filter(
        search=search.text_input(
            "Search", placeholder="name, note, model, status …", icon=":material/search:",
            live=True, key="runs.search", persist_state="session", autocomplete="off",
        ) or "",
        data=tuple(
            chosen.multiselect(
                "Data", data, placeholder="All", key="runs.data", persist_state="session"
            )
        ),
    )
