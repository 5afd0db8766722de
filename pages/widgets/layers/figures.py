"""The figures that follow every click: how much trains, how much stays."""

import streamlit as st

from core.models.freezing import FreezeCounts
from pages.widgets import sizes


def show(counts: FreezeCounts) -> None:
    """Draws four figures of a plan into the row of cards."""
    whole = counts.trainable + counts.frozen
    layers = counts.trainable_layers + counts.frozen_layers
    _card(":orange[Trainable] parameters", sizes.of_count(counts.trainable), "get a gradient",
          f"{counts.trainable:,} of {whole:,}")
    _card(":blue[Frozen] parameters", sizes.of_count(counts.frozen), "stay as they are",
          f"{counts.frozen:,} of {whole:,}")
    _card("Share that trains", share(counts.trainable, whole),
          f"of {sizes.of_count(whole)} parameters")
    _card("Layers that train", f"{counts.trainable_layers} of {layers}",
          f"{counts.frozen_layers} frozen", "Modules that hold parameters themselves.")


def share(part: int, whole: int) -> str:
    """A percentage that says neither 0 nor 100 where some, but not all, is meant."""
    percent = 100 * part / max(1, whole)
    if part and percent < 0.01:
        return "under 0.01 %"
    if part < whole and percent > 99.9:
        return "over 99.9 %"
    return f"{percent:.3g} %"


def _card(label: str, value: str, beneath: str, more: str | None = None) -> None:
    st.metric(
        label, value, delta=beneath, delta_color="off", delta_arrow="off", border=True,
        height="stretch", help=more,
    )
