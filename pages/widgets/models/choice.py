"""Choosing a model or its weights: the draft follows, and says what it had to reset."""

from typing import Literal

import streamlit as st

from core import recipe as recipes
from core.messages import ThawError
from pages.state import draft, person
from pages.widgets import notices

_CLICKED, _MARKED = "models.clicked", "models.marked"


def choose(model: str, weights: str, *, by: Literal["table", "chart", "radio"]) -> None:
    """Takes the model into the draft and draws the page again; a wrong one gets its sentence.

    Args:
        by: Where the click was: the table marks by itself what was clicked in it.
    """
    now = draft.get().model
    if (model, weights) == (now.name, now.weights):
        return
    try:
        changed, resets = recipes.with_model(draft.get(), model, weights)
    except ThawError as error:
        person.notify(error.problem, "error")
    else:
        draft.amend(changed)
        notices.notify_all(resets)
        person.remember(_CLICKED, f"{model} {weights}" if by == "table" else "")
    st.rerun()


def marked() -> object:
    """What the table has to show first: the last model that was not clicked in it.

    That is one chosen in the chart, among the weights, or by a link or a run's settings; a
    click in the table leaves it as it is, so that the table stays where it was scrolled to.
    """
    now = draft.get().model
    name = f"{now.name} {now.weights}"
    if name != person.choice(_CLICKED):
        person.remember(_MARKED, name)
    return person.choice(_MARKED)
