"""Summaries as data that all sessions share: nothing here holds a model or a tensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.models import catalogue
from core.models.card import Loading, category_names, loading_lines
from core.models.heads import HeadReplacement
from pages.widgets import torch_ready

if TYPE_CHECKING:  # importing it loads torch, and the page is drawn before that
    from core.models.summary import Summary


@st.cache_data(max_entries=200, show_spinner="Reading the architecture…")
def summary(name: str, weights: str, size: int | None, num_classes: int | None) -> Summary:
    """The summary at a square input.

    Args:
        size: Side in pixels; None for the size of the weights.
        num_classes: Of the new head; None for the head as shipped.
    """
    torch_ready.load()
    from core.models.summary import summarize

    return summarize(
        name, weights, input_size=(3, size, size) if size else None, num_classes=num_classes
    )


@st.cache_data(max_entries=200, show_spinner=False)
def replacements(
    name: str, weights: str, num_classes: int, dropout: float
) -> tuple[HeadReplacement, ...]:
    """What stands in the place of the last layers for so many classes."""
    torch_ready.load()
    from core.models.heads import replace_head
    from core.models.summary_skeleton import build_skeleton

    model = build_skeleton(name, catalogue.find_weights(name, weights))
    return replace_head(model, name, num_classes, dropout, seed=0).replacements


@dataclass(frozen=True)
class Card:
    """What a model's card says beside its catalogue entry."""

    lines: tuple[Loading, ...]
    categories: tuple[str, ...]


@st.cache_data(max_entries=200, show_spinner=False)
def card(name: str, weights: str) -> Card:
    """The lines that load these weights, and the names of their categories."""
    torch_ready.load()
    return Card(loading_lines(name, weights), category_names(name, weights))


@st.cache_data(max_entries=50, show_spinner="It builds the model and runs it…")
def engine_text(engine: str, name: str, weights: str, size: int) -> str:
    """An engine's own text; raises ThawError with the reason where it fails."""
    torch_ready.load()
    from core.models import other_engines

    return other_engines.engine_text(engine, name, weights, (3, size, size))


@st.cache_data(max_entries=50, show_spinner=False)
def printed(name: str, weights: str) -> str:
    """What `print(model)` gives for the architecture as shipped."""
    torch_ready.load()
    from core.models.summary_skeleton import build_skeleton

    return str(build_skeleton(name, catalogue.find_weights(name, weights)))


@st.cache_data(max_entries=20, ttl=60, show_spinner="Looking through the images…")
def classes_of(name: str, path: str) -> int:
    """How many classes a folder or an upload has; raises ThawError where there is none."""
    from core.data.describe import describe

    return len(describe(name, path).classes)
