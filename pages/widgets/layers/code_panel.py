"""The model, its head and the plan as lines of PyTorch to read and to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.models.freeze_code import freeze_code
from core.recipe import HeadSpec, Recipe
from core.training.depth_code import depth_code
from pages.widgets import torch_ready
from pages.widgets.models import model_view

if TYPE_CHECKING:
    from core.models.summary import Summary

_LINES = 34  # more than these scroll
_IMPORT = "import torch\n\n"


def show(recipe: Recipe, summary: Summary) -> None:
    """Draws the code; something has to train under the recipe's plan."""
    st.subheader("What Thaw does, in PyTorch", anchor=False)
    text = freeze_code(
        summary.rows, recipe.freeze, model_view.head_of(summary), recipe.optimizer,
        recipe.train.epochs, depth=depth_code(summary.rows, recipe, model_view.head_of(summary)),
    )
    if summary.num_classes is None:  # nobody knows what the head will be
        st.caption(f"`model` is {summary.model} with its new head.")
    else:
        st.caption("Runs as it stands, and gives the same model to the last bit.")
        text = f"{_model(recipe, summary)}\n{text.removeprefix(_IMPORT)}"
    st.code(text, language="python", height=760 if text.count("\n") > _LINES else "content")


def _model(recipe: Recipe, summary: Summary) -> str:
    return _model_code(
        summary.model, summary.weights, summary.num_classes, summary.new_head, recipe.train.seed,
        recipe.freeze.preset == "from_scratch",
    )


@st.cache_data(max_entries=200, show_spinner=False)
def _model_code(
    name: str, weights: str, outputs: int, new_head: HeadSpec, seed: int, from_scratch: bool
) -> str:
    torch_ready.load()
    from core.models import head_code

    return head_code.model_code(
        name, weights, outputs, new_head, seed, from_scratch=from_scratch
    )
