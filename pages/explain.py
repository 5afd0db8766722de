"""Explain: what a run's model learned to look at."""

import streamlit as st

from pages.widgets.explain import run_choice, sections

st.title("Explain")
seen = run_choice.edit()
if seen is not None:
    sections.show(seen)
