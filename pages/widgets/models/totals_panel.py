"""The totals in full: counts, and the memory to predict and to train with a batch size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.models import freezing, heads
from core.models.memory import STATE_COPIES, forward_memory, training_memory
from pages.state.language import say
from pages.widgets import field_words, notices, sizes
from pages.widgets.models import summary_cards, whole_number
from pages.widgets.models.viewed import Viewed

if TYPE_CHECKING:
    from core.models.memory import MemoryEstimate
    from core.models.summary import Summary

_BATCH, _OPTIMIZER = 32, "adamw"  # where there is no draft to ask


@st.fragment
def show(viewed: Viewed, summary: Summary) -> None:
    """Draws both; batch size and optimizer are tried out here and leave the draft as it is."""
    with notices.guarded():
        _show(viewed, summary)


def _show(viewed: Viewed, summary: Summary) -> None:
    st.subheader("Totals", anchor=False)
    counts, memory = st.columns([2, 3], gap="large")
    with counts:
        _show_counts(viewed, summary)
    with memory:
        left, right = st.columns(2)
        with left:
            batch_size = _edit_batch_size(viewed)
        with right:
            optimizer = _edit_optimizer(viewed)
        with st.spinner("Running it on meta once more…"):
            step = _show_memory(viewed, summary, batch_size, optimizer)
    st.caption(say(step.left_out))


def _edit_batch_size(viewed: Viewed) -> int:
    own = viewed.recipe.loader.batch_size if viewed.recipe else _BATCH
    return whole_number.edit(
        "Batch size", own, key=f"models.batch_size {own}", least=1, most=1_000_000,
        placeholder=f"{own}, as your training has it" if viewed.recipe else str(own),
    )


def _edit_optimizer(viewed: Viewed) -> str:
    own = viewed.recipe.optimizer.name if viewed.recipe else _OPTIMIZER
    names = list(STATE_COPIES)
    return st.selectbox(
        "Optimizer", names, index=names.index(own), key=f"models.optimizer {own}",
        persist_state="session", format_func=field_words.choice,
    )


def _show_counts(viewed: Viewed, summary: Summary) -> None:
    totals = summary.totals
    rows = [("Parameters", f"{totals.params:,}")]
    if viewed.recipe:
        plan = freezing.counts(summary.rows, viewed.recipe.freeze, _head(viewed))
        rows.append((":orange[Trainable] under your plan", f"{plan.trainable:,}"))
    else:
        rows.append(("Trainable as it comes", f"{totals.trainable:,}"))
    rows += [
        ("Buffers", f"{totals.buffers:,}"),
        ("Multiply-adds of one input", f"{totals.macs:,}"),
        ("Outputs of all layers for one input", sizes.of_bytes(totals.activation_bytes)),
        ("Modules", f"{len(summary.rows):,}"),
    ]
    _show_table(("Counts", ""), rows)


def _show_memory(
    viewed: Viewed, summary: Summary, batch_size: int, optimizer: str
) -> MemoryEstimate:
    plan = viewed.recipe.freeze if viewed.recipe else None
    own = viewed.recipe.optimizer if viewed.recipe else None
    momentum = own.momentum if own and own.name == optimizer else None
    train = viewed.recipe.train if viewed.recipe else None
    step = training_memory(
        summary, plan, _head(viewed), optimizer, batch_size, momentum, train
    )
    forward = forward_memory(summary, batch_size)
    # A detector learns from boxes that a summary does not have.
    kept = None if summary.found else step.activations
    batch = "one input" if batch_size == 1 else f"{batch_size:,} inputs"
    shown = sizes.of_bytes
    _show_table(
        ("Memory", "to predict", "to train"),
        [
            ("Weights and buffers", shown(step.weights), shown(step.weights)),
            (f"Activations of {batch}", shown(forward), "–" if kept is None else shown(kept)),
            ("Gradients", "–", shown(step.gradients)),
            (f"State of {field_words.choice(optimizer)}", "–", shown(step.optimizer)),
            *(
                (f"{name[0].upper()}{name[1:]}", "–", shown(count))
                for name, count in summary_cards.asked_for(step)
            ),
            ("**Together**", f"**{shown(step.weights + forward)}**",
             "–" if kept is None else f"**{shown(step.total)}**"),
        ],
    )
    st.caption(_meaning(viewed, summary))
    return step


def _meaning(viewed: Viewed, summary: Summary) -> str:
    forward = ("To predict, an activation is freed once nothing needs it any more; to train, "
               "those are kept that the backward pass needs.")
    if summary.found:
        return (f"{forward} A detector trains on pictures with boxes: what it then keeps is "
                "not estimated.")
    if viewed.recipe:
        return f"{forward} Under your plan what is frozen has neither gradient nor state."
    return f"{forward} Trained is what trains in the model as it comes."


def _head(viewed: Viewed) -> tuple[str, ...]:
    if viewed.recipe is None:
        return ()
    return heads.head_paths(viewed.entry.name, viewed.weights, viewed.new_head)


def _show_table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    lines = [heads, ("---", *["--:"] * (len(heads) - 1)), *rows]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))
