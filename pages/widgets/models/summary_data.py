"""Summaries as data that all sessions share: nothing here holds a model or a tensor."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.messages import Problem, ThawError
from core.models import catalogue
from core.models.card import Loading, category_names, loading_lines
from core.models.heads import HeadReplacement
from core.models.other_engines import EngineRun
from core.recipe import LINEAR_HEAD, HeadSpec
from pages.widgets import torch_ready
from pages.widgets.models.viewed import Viewed

if TYPE_CHECKING:  # importing it loads torch, and the page is drawn before that
    from core.models.summary import Summary


def of(viewed: Viewed) -> Summary:
    """The summary of what the page shows.

    Raises:
        ThawError: If the model can't take such an input.
    """
    return summary(viewed.entry.name, viewed.weights, viewed.size, viewed.outputs,
                   viewed.proposals, viewed.detections, viewed.new_head)


def summary(
    name: str, weights: str, size: int | None, num_classes: int | None,
    proposals: int | None = None, detections: int = 1, new_head: HeadSpec = LINEAR_HEAD,
) -> Summary:
    """The summary at a square input; `summarize` itself remembers those that it has made.

    Args:
        size: Side in pixels; None for the size of the weights.
        num_classes: Outputs of the new head; None for the head as shipped.
        proposals: That a detector looks at; None for as many as it does at most.
        detections: Objects that a detector finds.
        new_head: Which head it is.

    Raises:
        ThawError: If the model can't take such an input.
    """
    torch_ready.load()
    from core.models.data_dependent import Found
    from core.models.summary import summarize

    entry = catalogue.find_any_model(name)
    shape = (*entry.input_shape(weights)[:-2], size, size) if size else None
    found = Found(proposals, detections) if entry.task == "detection" else None
    return summarize(name, weights, input_size=shape, num_classes=num_classes,
                     new_head=new_head, found=found)


@st.cache_data(max_entries=200, show_spinner=False)
def replacements(
    name: str, weights: str, num_classes: int, new_head: HeadSpec
) -> tuple[HeadReplacement, ...]:
    """What the new head puts into the place of layers, or behind them."""
    torch_ready.load()
    from core.models.heads import replace_head
    from core.models.summary_skeleton import build_skeleton

    model = build_skeleton(name, catalogue.find_weights(name, weights))
    return replace_head(model, name, num_classes, new_head, seed=0).replacements


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


@st.cache_data(max_entries=20, ttl=60, show_spinner="Looking through the images…")
def classes_of(name: str, path: str) -> int:
    """How many classes a folder or an upload has; raises ThawError where there is none."""
    from core.data.describe import describe

    return len(describe(name, path).classes)


# --- the same by other engines ------------------------------------------------------------------


@st.cache_data(max_entries=50, show_spinner="Writing our own text…")
def own_run(name: str, weights: str, size: int) -> EngineRun:
    """What `python -m core summary` prints, and how long counting took, remembered or not."""
    torch_ready.load()
    from core.commands import summary as command
    from core.models.summary import summarize

    shape = (*catalogue.find_any_model(name).input_shape(weights)[:-2], size, size)
    began = time.perf_counter()
    summarize.__wrapped__(name, weights, input_size=shape)
    seconds = time.perf_counter() - began
    parser = ArgumentParser()
    command.add_arguments(parser)
    asked = parser.parse_args([name, "--weights", weights, "--input", "x".join(map(str, shape))])
    return EngineRun(command.text(command.run(asked)), seconds)


def engine_run(engine: str, name: str, weights: str, size: int) -> EngineRun | Problem:
    """What another engine prints, or why it prints nothing."""
    try:
        return _engine_run(engine, name, weights, size)
    except ThawError as error:  # a missing package or too little memory: may be mended
        return error.problem


@st.cache_data(max_entries=50, show_spinner="It builds the model and runs it…")
def _engine_run(engine: str, name: str, weights: str, size: int) -> EngineRun | Problem:
    torch_ready.load()
    from core.models import other_engines

    shape = (*catalogue.find_any_model(name).input_shape(weights)[:-2], size, size)
    try:
        return other_engines.run_engine(engine, name, weights, shape)
    except ThawError as error:
        if error.problem.id in ("models.engine_failed", "models.engine_slow"):
            return error.problem  # it will fail again: remembered like a text
        raise


@st.cache_data(max_entries=50, show_spinner=False)
def printed(name: str, weights: str) -> EngineRun:
    """What `print(model)` gives for the architecture as shipped."""
    torch_ready.load()
    from core.models.summary_skeleton import build_skeleton

    began = time.perf_counter()
    text = str(build_skeleton(name, catalogue.find_any_model(name).find_weights(weights)))
    return EngineRun(text, time.perf_counter() - began)
