"""The view Code: what is on the screen as a program that runs without Thaw."""

import streamlit as st

from core.data.exploration import Exploration
from core.data.loader_code import code_of


def show(wanted: Exploration) -> None:
    """Draws the program with a copy button, and the file."""
    st.markdown(
        "The whole program: it runs as it stands, with torch, torchvision, NumPy and scikit-learn, "
        "and yields these batches."
    )
    code = _code(wanted)
    st.download_button(
        "Download batches.py", code, "batches.py", "text/x-python", icon=":material/download:",
        on_click="ignore",
    )
    st.code(code, language="python", line_numbers=True)


@st.cache_data(max_entries=50, ttl=60, show_spinner=False)
def _code(wanted: Exploration) -> str:
    return code_of(wanted)  # a folder may change: not for ever
