"""Modules: the lecture's exercises on nn.Module, run live, and an architecture of one's own."""

import streamlit as st

from pages.widgets.modules import exercises

st.title("Modules")
st.markdown(
    "What an `nn.Module` does with its name, its layers and its hooks. Change an input: the code "
    "that you see runs, and its result stands beside it."
)
exercises.show()
