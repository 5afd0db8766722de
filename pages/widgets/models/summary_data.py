"""Summaries as data that all sessions share: nothing here holds a model or a tensor."""

import streamlit as st

from core.models.summary import Summary
from pages.widgets import torch_ready


@st.cache_data(max_entries=200, show_spinner="Reading the architecture…")
def summary(
    name: str, weights: str, size: int | None, num_classes: int | None
) -> Summary:
    """The summary at a square input.

    Args:
        size: Side in pixels; None for the size of the weights.
        num_classes: Of the new head; None for the head as shipped.
    """
    from core.models.summary import summarize

    torch_ready.load()
    return summarize(
        name, weights, input_size=(3, size, size) if size else None, num_classes=num_classes
    )


@st.cache_data(max_entries=50, show_spinner="torchsummary builds the model and runs it…")
def torchsummary_text(name: str, weights: str, size: int) -> str:
    """torchsummary's own text; raises ThawError with the reason where it fails."""
    from core.models.summary import torchsummary_text as text

    torch_ready.load()
    return text(name, weights, (3, size, size))
