"""The inputs above the catalogue: search, families, size, what is here."""

from collections.abc import Sequence

import streamlit as st

from pages.widgets.models.catalogue_frame import SIZES, Filter


def edit(task: str, families: Sequence[str]) -> Filter:
    """Draws the inputs and returns what they say; they keep it over page switches.

    Args:
        families: Of the task's models.
    """
    search, family, size, here = st.columns([3, 4, 2, 2], vertical_alignment="bottom")
    return Filter(
        search=search.text_input(
            "Search", placeholder="resnet 50", icon=":material/search:", live=True,
            key="models.search", persist_state="session", autocomplete="off",
        ) or "",
        families=tuple(
            family.multiselect(
                "Families", families, placeholder="All", key=f"models.families {task}",
                persist_state="session", select_all=False,
            )
        ),
        max_params=SIZES[
            size.selectbox("Parameters", list(SIZES), key="models.size", persist_state="session")
        ],
        offline=here.toggle(
            "Offline only", key="models.offline", persist_state="session",
            help="Only weights that are on this computer already.",
        ),
    )
