"""What freezing means here, in a few sentences, with what is special about the plan at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from core.recipe import Recipe

if TYPE_CHECKING:
    from core.models.summary import Summary


def show(recipe: Recipe, summary: Summary, states: Mapping[str, str]) -> None:
    """Draws the sentences.

    Args:
        states: For each module with parameters, what `freezing.tree_states` says of it.
    """
    st.subheader("What frozen means", anchor=False)
    st.markdown(
        "- **No gradient:** `requires_grad` is `False`, so the backward pass stops early.\n"
        "- **Not in the optimizer:** neither momentum nor weight decay can move it.\n"
        "- **Kept in `eval()`:** its BatchNorm statistics stay, its Dropout is off.\n\n"
        "After any number of epochs every frozen number is the same to the last bit."
    )
    if states[""] != "on" and _starts_random(recipe):
        st.warning(
            "The weights are random here, so the frozen part has learned nothing that could be "
            "kept. Freezing wants weights that come from a training.",
            icon=":material/warning:",
        )
    norms = [row for row in summary.rows if row.params and row.type.startswith("BatchNorm")]
    if frozen := sum(states[row.name] == "off" for row in norms):
        st.info(
            f"{frozen} of {len(norms)} BatchNorm layers are frozen. "
            "`requires_grad = False` alone would not keep them: in `train()` their running mean "
            "and variance drift with every batch. So Thaw puts them back into `eval()` after "
            "each `model.train()`.",
            icon=":material/ac_unit:",
        )


def _starts_random(recipe: Recipe) -> bool:
    return recipe.freeze.preset == "from_scratch" or recipe.model.weights == "none"
