"""drop_last where the training images don't fill one batch: nothing would be trained on."""

import streamlit as st

from core.data.split import require_a_batch
from core.messages import ThawError
from core.recipe import Recipe
from pages.state.language import say
from pages.widgets.plain import plain
from pages.widgets.train import data_choice


def show(recipe: Recipe) -> None:
    """Draws why drop_last can't be on, as the problem of a field is drawn; nothing if it can."""
    if said := why_not(recipe):
        st.markdown(f":small[:red[:material/error: {plain(said)}]]")


def why_not(recipe: Recipe) -> str:
    """Why drop_last would leave no batch, in a sentence; "" if one is left, or nobody knows yet."""
    if not recipe.loader.drop_last:
        return ""
    try:
        samples = data_choice.training_samples(recipe)
    except ThawError:  # said where the images are chosen
        return ""
    try:
        if samples is not None:
            require_a_batch(samples, recipe.loader)
    except ThawError as error:
        return say(error)
    return ""
