"""The lecture's mistake beside the right way: a new attribute that no forward uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pages.widgets import torch_ready

if TYPE_CHECKING:
    from core.models.exercises.unused import NewLayer
    from core.models.head_mistake import HeadMistake
    from core.models.summary import Summary
    from core.recipe import HeadSpec


def show(summary: Summary) -> None:
    """Draws what comes of either; both are really built, without storage.

    Args:
        summary: Of the draft's model with its new head.
    """
    found = _found(summary.model, summary.weights, summary.num_classes, summary.new_head)
    wrong, right = found.guessed, found.right
    st.markdown(
        "**The mistake next to it**, both really built:\n"
        f"- a layer under a name that the model does not use: `{wrong.line}`\n"
        f"- your head: {' '.join(f'`{line}`' for line in right.line.splitlines())}"
    )
    st.table(
        pd.DataFrame(
            {
                "": ["output", "parameters", ":orange[trainable]",
                     "reached by a gradient", "in the summary"],
                "the mistake": [*_column(wrong), f":red[unused: {_unused(found)}]"],
                "your head": [*_column(right), "used"],
            }
        ),
        border="horizontal", hide_index=True,
    )
    st.caption(
        f"Setting `{found.guess}` registers the layer, so `parameters()` and the optimizer have "
        f"it, and no error is raised; but {summary.model}'s `forward` runs what its author wrote. "
        f"The output still has {wrong.output[0]:,} numbers. Everything but the new layers is "
        "frozen here. More of it on the Modules page, under Layers that nothing uses."
    )


def _column(case: NewLayer) -> list[str]:
    return [
        " × ".join(map(str, case.output)),
        f"{case.params:,}",
        f"{case.trainable:,}",
        f"{case.reached:,}" if case.reached else ":red[0: `backward()` fails]",
    ]


def _unused(found: HeadMistake) -> str:
    return ", ".join(
        f"`{row.name}`" for row in found.wrong.rows
        if row.use == "unused" and row.name == found.guess
    )


@st.cache_data(max_entries=200, show_spinner=False)
def _found(name: str, weights: str, outputs: int, new_head: HeadSpec) -> HeadMistake:
    torch_ready.load()
    from core.models import head_mistake

    return head_mistake.try_mistake(name, weights, outputs, new_head)
