"""The script of a recipe, made once for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core import recipe as recipes
from core.recipe import Recipe
from pages.widgets import torch_ready

if TYPE_CHECKING:
    from core.script import Script


def of(recipe: Recipe) -> Script:
    """The script.

    Raises:
        ThawError: If the recipe can't be one: its folder is gone, or a layer is not there.
    """
    return _of(recipe.model_dump_json())


@st.cache_data(max_entries=100, show_spinner=False)
def _of(json: str) -> Script:
    torch_ready.load()
    from core.script import script_of

    return script_of(recipes.from_json(json))
