"""The totals of a summary: how large, how much of it trains, what a step takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.models.freezing import FreezeCounts
from pages.widgets import sizes

if TYPE_CHECKING:
    from core.models.memory import MemoryEstimate
    from core.models.summary import Summary
    from core.models.summary_rows import Totals


def show(totals: Totals, counts: FreezeCounts | None) -> DeltaGenerator:
    """Draws three figures, and returns the place of the fourth, which takes longer.

    Args:
        counts: Under the draft's freeze plan; None for a model that is not the draft's.
    """
    parameters, second, macs, memory = st.columns(4)
    head = " with the head for your data" if counts else ""
    parameters.metric(
        "Parameters", sizes.of_count(totals.params), border=True, height="stretch",
        help=f"{totals.params:,}{head}",
    )
    with second:
        if counts:
            _show_trainable(counts)
        else:
            _show_weights(totals)
    macs.metric(
        "Multiply-adds", sizes.of_count(totals.macs), border=True, height="stretch",
        help="MACs of one input forwards; torchvision prints the same figure as GFLOPS.",
    )
    return memory


def _show_trainable(counts: FreezeCounts) -> None:
    share = 100 * counts.trainable / max(1, counts.trainable + counts.frozen)
    st.metric(
        ":orange[Trainable] under your plan", sizes.of_count(counts.trainable),
        delta=f"{share:.3g} %", delta_color="off", delta_arrow="off", border=True,
        height="stretch", help=f"{counts.trainable:,} of {counts.trainable + counts.frozen:,}",
    )


def _show_weights(totals: Totals) -> None:
    st.metric(
        "Weights", sizes.of_bytes(totals.param_bytes), border=True, height="stretch",
        help="Parameters and buffers in memory, as float32.",
    )


def show_forward(summary: Summary) -> None:
    """Draws what predicting takes."""
    from core.models.memory import forward_memory

    need = forward_memory(summary, 1)
    st.metric(
        "Memory to predict", sizes.of_bytes(summary.totals.param_bytes + need), border=True,
        height="stretch", delta="one input", delta_color="off", delta_arrow="off",
        help=f"Weights, and at most {sizes.of_bytes(need)} of activations at once.",
    )


def show_memory(memory: MemoryEstimate, at_once: int, parts: int) -> None:
    """Draws what a training step takes.

    Args:
        at_once: Images that are computed at once.
        parts: In which a batch is computed.
    """
    each = ", each process" if memory.shared else ""
    st.metric(
        "Memory to train", sizes.of_bytes(memory.total), border=True, height="stretch",
        delta=f"{'batches' if parts == 1 else 'parts'} of {at_once}{each}",
        delta_color="off", delta_arrow="off", help=f"About: {', '.join(_kinds(memory))}.",
    )


def _kinds(memory: MemoryEstimate) -> list[str]:
    """What it is for, with its size."""
    kinds = [
        ("weights", memory.weights), ("gradients", memory.gradients),
        ("optimizer", memory.optimizer), ("activations", memory.activations), *asked_for(memory),
    ]
    return [f"{name} {sizes.of_bytes(count)}" for name, count in kinds]


def asked_for(memory: MemoryEstimate) -> list[tuple[str, int]]:
    """What only some recipes need beside the rest, by what it is, in bytes."""
    kinds = [
        ("copies of weights in 16 bits", memory.copies),
        ("average of the weights (EMA)", memory.average),
        ("gradients on their way to the other processes", memory.shared),
    ]
    return [(name, count) for name, count in kinds if count]
