"""Which weights the chosen model starts from, and how they come here."""

import streamlit as st

from core.models.catalogue import NO_WEIGHTS, ModelEntry, WeightsEntry
from core.models.weights_file import available_offline
from pages.state import draft
from pages.widgets.models import choice


def show(entry: ModelEntry) -> None:
    """Draws one option a weights entry, and random weights as the last."""
    names = [one.name for one in entry.weights] + [NO_WEIGHTS]
    about = [_about(one, available_offline(entry.name, one.name)) for one in entry.weights]
    now = draft.get().model.weights
    picked = st.radio(
        "Weights",
        names,
        index=names.index(now) if now in names else 0,
        captions=[*about, "random numbers: the model learns from nothing"],
        format_func=lambda name: "none (from scratch)" if name == NO_WEIGHTS else name,
        key=draft.key("model.weights"),
    )
    if picked != now:
        choice.choose(entry.name, picked, by="radio")


def _about(weights: WeightsEntry, here: bool) -> str:
    parts = [weights.data]
    if weights.acc1 is not None:
        parts.append(f"{weights.acc1:.1f} % {'right' if weights.bundled else 'top-1'}")
    parts.append(f"{weights.crop_size} px")
    if weights.bundled:
        parts.append(":green[bundled, offline]")
    else:
        parts.append(":green[on this computer]" if here else f"{weights.file_mb:.0f} MB download")
    return " · ".join(part for part in parts if part)
