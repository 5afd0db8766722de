"""The totals of a summary: how large, how much of it trains, what a step takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.models.freezing import FreezeCounts
from pages.widgets import sizes

if TYPE_CHECKING:
    from core.models.memory import MemoryEstimate
    from core.models.summary import Totals


def show(totals: Totals, counts: FreezeCounts, memory: MemoryEstimate, batch_size: int) -> None:
    """Draws four figures; the second and fourth follow the freeze plan of the draft."""
    parameters, trainable, macs, step = st.columns(4)
    parameters.metric(
        "Parameters", sizes.of_count(totals.params), border=True, height="stretch",
        help=f"{totals.params:,} with the head for your data",
    )
    share = 100 * counts.trainable / max(1, counts.trainable + counts.frozen)
    trainable.metric(
        ":orange[Trainable] under your plan", sizes.of_count(counts.trainable),
        delta=f"{share:.3g} %", delta_color="off", delta_arrow="off", border=True,
        height="stretch", help=f"{counts.trainable:,} of {counts.trainable + counts.frozen:,}",
    )
    macs.metric(
        "Multiply-adds", sizes.of_count(totals.macs), border=True, height="stretch",
        help="MACs of one picture forwards; torchvision prints the same figure as GFLOPS.",
    )
    with step:
        show_memory(memory, batch_size)


def show_memory(memory: MemoryEstimate, batch_size: int) -> None:
    """Draws what a training step takes."""
    st.metric(
        "Memory to train", sizes.of_bytes(memory.total), border=True, height="stretch",
        delta=f"batches of {batch_size}", delta_color="off", delta_arrow="off",
        help=f"About: weights {sizes.of_bytes(memory.weights)}, gradients "
        f"{sizes.of_bytes(memory.gradients)}, optimizer {sizes.of_bytes(memory.optimizer)}, "
        f"activations {sizes.of_bytes(memory.activations)}.",
    )
