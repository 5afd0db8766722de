"""Which weights the chosen model starts from, and how they come here."""

import streamlit as st

from core.models.catalogue import NO_WEIGHTS, ModelEntry, WeightsEntry
from core.models.weights_file import available_offline
from pages.state import draft
from pages.widgets.models import choice, task_choice
from pages.widgets.models.choice import Chosen
from pages.widgets.models.scores import WORDS

_NONE = {True: "none (from scratch)", False: "none"}


def show(entry: ModelEntry, chosen: Chosen) -> None:
    """Draws one option a weights entry, and random weights as the last."""
    names = [one.name for one in entry.weights] + [NO_WEIGHTS]
    about = [_about(one, available_offline(entry.name, one.name)) for one in entry.weights]
    now = chosen.weights
    trained = entry.task == task_choice.TRAINED
    picked = st.radio(
        "Weights",
        names,
        index=names.index(now) if now in names else 0,
        captions=[*about, "random numbers: the model learns from nothing" if trained
                  else "the architecture of the bare constructor"],
        format_func=lambda name: _NONE[trained] if name == NO_WEIGHTS else name,
        key=draft.key("model.weights") if trained else f"models.weights {entry.name} {now}",
    )
    if picked != now:
        choice.choose(entry.name, picked, by="radio")


def _about(weights: WeightsEntry, here: bool) -> str:
    parts = [weights.data]
    if weights.bundled:
        parts.append(f"{weights.acc1:.1f} % right")
    elif weights.metrics:
        first = weights.metrics[0]
        word, unit = WORDS[first.name]
        parts = [first.data, f"{first.value:.3g} {unit} {word[:1].lower()}{word[1:]}"]
    parts.append(f"{weights.crop_size} px")
    if weights.bundled:
        parts.append(":green[bundled, offline]")
    else:
        parts.append(":green[on this computer]" if here else f"{weights.file_mb:.0f} MB download")
    return " · ".join(part for part in parts if part)
