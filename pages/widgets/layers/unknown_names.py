"""Names in the plan that the model does not have, and the way to be rid of them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.models.freeze_names import RowLike, unknown_names
from core.recipe import FreezePlan
from pages.state import draft
from pages.state.language import say
from pages.widgets.plain import plain


def show(plan: FreezePlan, rows: Sequence[RowLike], head: Sequence[str]) -> None:
    """Draws a sentence for each of them, or nothing: no run starts with one in its plan."""
    found = unknown_names(plan, rows, head)
    if not found:
        return
    st.error("  \n".join(plain(say(problem)) for problem in found), icon=":material/error:")
    gone = {problem.values.get("layer") or problem.values.get("pattern") for problem in found}
    st.button(
        "Take them out of the plan" if len(found) > 1 else "Take it out of the plan",
        icon=":material/delete:", key="layers.unknown", on_click=_take_out, args=(gone,),
        help="A run would not start with it.",
    )


def _take_out(names: set[str]) -> None:
    recipe = draft.get()
    kept = tuple(pair for pair in recipe.freeze.exceptions if pair[0] not in names)
    plan = recipe.freeze.model_copy(update={"exceptions": kept})
    draft.put(recipe.model_copy(update={"freeze": plan}))
