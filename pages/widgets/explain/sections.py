"""The parts of the Explain page; the chosen one alone is worked out."""

import streamlit as st

from pages.widgets.explain import embedding_panel, epochs_panel, where_it_looks
from pages.widgets.runs.reading import SeenRun

# Its title, and what draws it for a run that has settings and a checkpoint at least.
SECTIONS = {
    "Where it looks": where_it_looks.show,
    "Embedding": embedding_panel.show,
    "Through the epochs": epochs_panel.show,
}


def show(seen: SeenRun) -> None:
    """Draws the choice of a part, and the part."""
    title = st.segmented_control(
        "Show", list(SECTIONS), default=next(iter(SECTIONS)), required=True, key="explain.section",
        persist_state="session", label_visibility="collapsed",
    )
    SECTIONS[title](seen)
