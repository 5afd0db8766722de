"""Explain: what a run's model learned to look at."""

import streamlit as st

from pages.widgets.explain import run_choice, sections

st.title("Explain")
st.markdown(
    "Where a trained model looks, how it sorts the images, and how both came about over the epochs."
)
seen = run_choice.edit()
if seen is not None:
    sections.show(seen)
