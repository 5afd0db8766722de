"""The process in which loaders run: one for this server, whoever asks."""

import streamlit as st

from core.data.child import Children


@st.cache_resource(show_spinner=False)
def children() -> Children:
    """It is safe to use from every session at once."""
    return Children()
