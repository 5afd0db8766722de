"""The figures that follow every click: how much trains, how much stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.models import memory
from core.models.freezing import FreezeCounts
from pages.widgets import field_words, sizes

if TYPE_CHECKING:
    from core.models.backward_reach import BackwardReach
    from core.recipe import OptimizerSpec


def show(counts: FreezeCounts, optimizer: OptimizerSpec) -> None:
    """Draws three figures of a plan into the row of cards.

    Args:
        optimizer: Of the recipe.
    """
    whole = counts.trainable + counts.frozen
    layers = counts.trainable_layers + counts.frozen_layers
    gradients, kept = memory.update_memory(
        counts.trainable, optimizer.name, optimizer.momentum
    )
    _card(":orange[Trainable] parameters", sizes.of_count(counts.trainable),
          f"{share(counts.trainable, whole)}, {sizes.of_bytes(gradients + kept)} to update",
          f"{counts.trainable:,} of {whole:,}. Gradients take {sizes.of_bytes(gradients)} and "
          f"{field_words.choice(optimizer.name)} keeps {sizes.of_bytes(kept)}, in float32.")
    _card(":blue[Frozen] parameters", sizes.of_count(counts.frozen), "no gradient, no update",
          f"{counts.frozen:,} of {whole:,}")
    _card("Layers that train", f"{counts.trainable_layers} of {layers}",
          f"{counts.frozen_layers} frozen", "Modules that hold parameters themselves.")


def show_backward(reach: BackwardReach | None) -> None:
    """Draws how much of the backward pass is left."""
    if reach is None:
        return
    _card("Backward pass", share(reach.total.backward, reach.full.backward),
          "of full fine-tuning's",
          "Multiply-adds for gradients, of those when everything trains.")


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
