"""What the exercises give, as data that all sessions share: nothing here holds a module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.widgets import torch_ready

if TYPE_CHECKING:  # importing them loads torch, and the page is drawn before that
    from core.models.exercises.extra_repr import ReprChange, TextName, Way
    from core.models.exercises.forward_hook import HookName, HookRun
    from core.models.exercises.registration import Registration
    from core.models.exercises.tensor_kinds import TensorKind
    from core.models.exercises.unused import UnusedLayer


@st.cache_data(max_entries=200, show_spinner=False)
def repr_change(
    model: str, text: TextName, types: Sequence[str], way: Way, keep_own: bool
) -> ReprChange:
    """As `extra_repr.change_repr` says."""
    torch_ready.load()
    from core.models.exercises import extra_repr

    return extra_repr.change_repr(model, text, types, way, keep_own=keep_own)


@st.cache_data(max_entries=200, show_spinner=False)
def hook_run(
    seed: int, inputs: int, outputs: int, scale: float, parameter: bool, hook: HookName
) -> HookRun:
    """As `forward_hook.run_hook` says."""
    torch_ready.load()
    from core.models.exercises import forward_hook

    settings = forward_hook.HookSettings(seed, inputs, outputs, scale, parameter, hook)
    return forward_hook.run_hook(settings)


@st.cache_data(max_entries=200, show_spinner=False)
def unused_layer(model: str, guess: str, outputs: int, freeze: bool) -> UnusedLayer:
    """As `unused.try_guess` says."""
    torch_ready.load()
    from core.models.exercises import unused

    return unused.try_guess(model, guess, outputs, freeze=freeze)


@st.cache_data(max_entries=200, show_spinner=False)
def registrations(width: int, depth: int) -> tuple[Registration, ...]:
    """As `registration.compare_holders` says."""
    torch_ready.load()
    from core.models.exercises import registration

    return registration.compare_holders(width, depth)


@st.cache_data(show_spinner=False)
def tensor_kinds() -> tuple[str, tuple[TensorKind, ...]]:
    """The class with five tensors, and what each of them is part of."""
    torch_ready.load()
    from core.models.exercises import tensor_kinds

    return tensor_kinds.source(), tensor_kinds.tensor_kinds()
