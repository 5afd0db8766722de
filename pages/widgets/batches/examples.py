"""Explorations that a lesson begins with, one click each."""

from collections.abc import Mapping
from typing import Literal

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
    "Sentences by length": {
        "data": "sentences", "loader.batch_sampler": "length_bucketed",
        "loader.batch_sampler_size": 6, "loader.collate": "pad_zero", "batches": 8,
    },
    "Two workers": {
        "data": "digits", "loader.batch_size": 8, "loader.num_workers": 2, "batches": 8,
    },
    "Rare classes, weighted": {
        "data": "long_tail", "loader.batch_size": 32, "loader.sampler": "weighted", "epochs": 2,
    },
    "One of two processes": {
        "data": "iris", "loader.batch_size": 10, "loader.sampler": "distributed", "epochs": 3,
    },
    "A stream read twice": {
        "data": "stream", "loader.batch_size": 6, "loader.num_workers": 2, "batches": 20,
    },
    "Same noise in both workers": {
        "data": "noisy", "loader.batch_size": 4, "loader.num_workers": 2,
        "loader.worker_init_fn": "same_seed",
    },
    "Pictures of all sizes": {
        "data": "shapes", "loader.batch_size": 6, "loader.collate": "pad_images",
    },
}
_FIRST = (
    "Digits, shuffled", "Iris by four", "Zero padding", "Sentences by length", "Two workers",
    "A stream read twice",
)


def show() -> None:
    """Draws a button an example; most are one click away, the others two."""
    with st.container(horizontal=True, gap="small"):
        for title in EXAMPLES:
            if title in _FIRST:
                _button(title)
        # With the form filled anew it is another one, which is closed.
        with st.popover("More examples", key=exploration.key("more examples")):
            for title in EXAMPLES:
                if title not in _FIRST:
                    _button(title, width="stretch")


def _button(title: str, width: Literal["content", "stretch"] = "content") -> None:
    st.button(
        title, key=f"example {title}", on_click=exploration.replace, args=(EXAMPLES[title],),
        width=width,
    )
