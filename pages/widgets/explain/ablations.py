"""Ablation maps, worked out while the person watches, and kept for all sessions."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.widgets.explain import heat_data
from pages.widgets.explain.heat_data import Asked

_SECONDS = 20.0  # after which the person is asked whether to go on
_MOST = 200  # maps kept
_lock = threading.Lock()


@dataclass(frozen=True)
class Kept:
    """A map as far as it was worked out: [h, w], and how many of the channels were asked."""

    heat: np.ndarray
    asked: int
    channels: int


def heat(model: Asked, pixels: np.ndarray, layer: str, label: int, key: str) -> np.ndarray:
    """The map; draws the progress while it is worked out, and asks for more time where it ends.

    Args:
        pixels: uint8 [S, S, 3], as the model sees the image.
        key: Tells this place of the page from another.

    Raises:
        ThawError: Where the layer says nothing of the class.
    """
    at = (model, hashlib.sha256(pixels.tobytes()).hexdigest(), layer, label)
    with _lock:
        found = _kept().get(at)
    if found is None:
        found = _work(model, pixels, layer, label, _SECONDS)
        _keep(at, found)
    if found.asked < found.channels:
        st.caption(
            f"The {found.asked:,} strongest of {found.channels:,} channels were switched off in "
            f"{_SECONDS:.0f} seconds; the others count as weighing nothing."
        )
        if st.button(f"All {found.channels:,}", key=f"explain.all {key}"):
            _keep(at, _work(model, pixels, layer, label, float("inf")))
            st.rerun()
    return found.heat


def _work(model: Asked, pixels: np.ndarray, layer: str, label: int, seconds: float) -> Kept:
    """Runs the passes; another click anywhere ends them, because drawing the progress does."""
    begun, place = time.monotonic(), st.empty()

    def go_on(done: int, count: int) -> bool:
        passed = time.monotonic() - begun
        left = passed / done * (count - done)
        place.progress(done / count, f"{done:,} of {count:,} channels, about {left:.0f} s left")
        return passed < seconds

    try:
        return Kept(*heat_data.ablation(model, pixels, layer, label, go_on))
    finally:
        place.empty()


def _keep(at: tuple, found: Kept) -> None:
    with _lock:
        _kept()[at] = found
        while len(_kept()) > _MOST:
            _kept().popitem(last=False)


@st.cache_resource(show_spinner=False)
def _kept() -> OrderedDict[tuple, Kept]:
    return OrderedDict()
