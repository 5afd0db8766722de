"""Room for a table in Markdown, which scrolls within itself where it is wider than a phone."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_STYLE = "<style>[class*='st-key-wide-table'] {overflow-x: auto}</style>"


def room(key: str) -> DeltaGenerator:
    """A container for it.

    Args:
        key: Tells it from other tables of the page.
    """
    container = st.container(key=f"wide-table {key}")
    container.html(_STYLE)
    return container
