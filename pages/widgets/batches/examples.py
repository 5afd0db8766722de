"""Explorations that a lesson begins with, one click each."""

from collections.abc import Mapping

import streamlit as st

from pages.state import exploration

EXAMPLES: dict[str, Mapping[str, object]] = {
    "Digits, shuffled": exploration.BEGIN,
    "Digits, in order": {"data": "digits", "loader.batch_size": 8},
    "Iris, the defaults": {"data": "iris"},
    "Iris by four": {"data": "iris", "loader.batch_size": 4},
    "Sequences that don't stack": {"data": "example", "loader.batch_size": 2, "batches": 5},
    "Zero padding": {
        "data": "example", "loader.batch_size": 2, "loader.collate": "pad_zero", "batches": 5,
    },
}


def show() -> None:
    """Draws a button an example."""
    with st.container(horizontal=True, gap="small"):
        for title, values in EXAMPLES.items():
            st.button(title, key=f"example {title}", on_click=exploration.replace, args=(values,))
