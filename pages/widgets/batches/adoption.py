"""From what was explored into the recipe."""

import streamlit as st

from core.data import exploration
from core.data.exploration import Exploration
from core.recipe import RecipeError
from pages.state import draft, person
from pages.widgets import notices


def show(wanted: Exploration, *, disabled: bool) -> None:
    """Draws the button that puts data and loader into the recipe."""
    st.button(
        "Use in training", icon=":material/input:", on_click=_adopt, args=(wanted,),
        disabled=disabled, help="Puts this data set and these arguments into the recipe.",
    )


def _adopt(wanted: Exploration) -> None:
    try:
        changed, left = exploration.into_recipe(draft.get(), wanted)
    except RecipeError as error:
        for problem in error.problems:
            person.notify(problem, "error")
        return
    draft.amend(changed)
    person.notify("The recipe has this data set and loader now.", "success")
    notices.notify_all(left)
