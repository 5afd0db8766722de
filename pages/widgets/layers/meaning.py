"""What freezing means here, in a few sentences, with what is special about the plan at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from core.recipe import Recipe
from pages.widgets import fields

if TYPE_CHECKING:
    from core.models.summary import Summary

_ASLEEP = (
    "- **Kept in `eval()`:** its BatchNorm statistics stay, its Dropout is off.\n\n"
    "After any number of epochs every frozen number is the same to the last bit."
)
_AWAKE = (
    "- **Left in `train()`:** its BatchNorm normalises by each batch and keeps counting, its "
    "Dropout drops.\n\n"
    "Frozen weights are the same to the last bit after any number of epochs; BatchNorm's "
    "statistics are not."
)


def show(recipe: Recipe, summary: Summary, states: Mapping[str, str]) -> None:
    """Draws the sentences.

    Args:
        states: For each module with parameters, what `freezing.tree_states` says of it.
    """
    asleep = recipe.freeze.frozen_modules == "eval"
    st.subheader("What frozen means", anchor=False)
    st.markdown(
        "- **No gradient:** `requires_grad` is `False`, so the backward pass stops early.\n"
        "- **Not in the optimizer:** neither momentum nor weight decay can move it.\n"
        + (_ASLEEP if asleep else _AWAKE)
    )
    fields.choice("freeze.frozen_modules")
    if states[""] != "on" and _starts_random(recipe):
        st.warning(
            "The weights are random here, so the frozen part has learned nothing that could be "
            "kept. Freezing wants weights that come from a training.",
            icon=":material/warning:",
        )
    _show_norms(summary, states, asleep)


def _show_norms(summary: Summary, states: Mapping[str, str], asleep: bool) -> None:
    """What happens to the BatchNorm layers under the plan."""
    norms = [row for row in summary.rows if row.params and row.type.startswith("BatchNorm")]
    if frozen := sum(states[row.name] == "off" for row in norms):
        counted = f"{frozen} of {len(norms)} BatchNorm layers are frozen. "
        if asleep:
            st.info(
                f"{counted}`requires_grad = False` alone would not keep them: in `train()` their "
                "running mean and variance drift with every batch. So Thaw puts them back into "
                "`eval()` after each `model.train()`.",
                icon=":material/ac_unit:",
            )
        else:
            st.warning(
                f"{counted}Their weights stay, and yet their running mean and variance will "
                "follow every batch, so that all layers behind them see other numbers than they "
                "learned with. After a run, “What moved” on the Runs page shows how far.",
                icon=":material/water:",
            )
    if mixed := sum(states[row.name] == "mixed" for row in norms):
        one = mixed == 1
        st.info(
            f"{mixed} BatchNorm layer{'' if one else 's'} train{'s' if one else ''} in part (its "
            "bias alone, say): in `train()`, so the statistics follow the batches.",
            icon=":material/local_fire_department:",
        )


def _starts_random(recipe: Recipe) -> bool:
    return recipe.freeze.preset == "from_scratch" or recipe.model.weights == "none"
