"""What the page says before there is a run."""

import streamlit as st


def show() -> None:
    """Draws a sentence and the way to the first run."""
    with st.container(border=True):
        st.markdown(
            "**No run yet.** Every training that you start is kept here, with its settings, "
            "curves and checkpoints: to compare, to test on images it never saw, to take home."
        )
        st.page_link(
            "pages/train.py", label="Start the first one", icon=":material/show_chart:"
        )
