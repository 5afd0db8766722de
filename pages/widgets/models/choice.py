"""Choosing a model or its weights: the draft follows, and says what it had to reset."""

from typing import Literal

import streamlit as st

from core import recipe as recipes
from core.messages import ThawError
from pages.state import draft, person
from pages.widgets import notices

_MARKED = "models.marked"


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
        if by != "table":
            person.remember(_MARKED, f"{model} {weights}")
    st.rerun()


def marked() -> object:
    """What was last chosen elsewhere than in the table."""
    return person.choice(_MARKED, "")
