"""The plan as lines of PyTorch to read and to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.models.freeze_code import freeze_code
from core.models.heads import head_paths
from core.recipe import Recipe

if TYPE_CHECKING:
    from core.models.summary import Summary

_LINES = 34  # more than these scroll


def show(recipe: Recipe, summary: Summary) -> None:
    """Draws the code; something has to train under the recipe's plan."""
    name = recipe.model.name
    st.subheader("What Thaw does, in PyTorch", anchor=False)
    st.caption(f"`model` is {name} with its new head.")
    text = freeze_code(
        summary.rows, recipe.freeze, head_paths(name, recipe.model.weights), recipe.optimizer,
        recipe.train.epochs, recipe.head.dropout,
    )
    st.code(text, language="python", height=760 if text.count("\n") > _LINES else "content")
