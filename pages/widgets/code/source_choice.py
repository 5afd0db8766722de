"""Whose script is shown: the draft's, or a run's."""

import streamlit as st

from core.recipe import Recipe
from pages.state import draft, person
from pages.widgets.runs import reading

_DRAFT, _KEPT = "", "code.source"


def edit() -> tuple[Recipe, str, bool]:
    """The recipe, a name for its files, and whether it is the draft."""
    runs = {seen.id: seen for seen in reading.all_runs() if seen.recipe is not None}
    ids = [_DRAFT, *runs]
    kept = person.choice(_KEPT, _DRAFT)
    chosen = st.selectbox(
        "Script of", ids, index=ids.index(kept) if kept in ids else 0, key="code.source",
        format_func=lambda id: runs[id].name if id else "Your draft, as the pages have it",
        width=480,
    )
    person.remember(_KEPT, chosen)
    if chosen == _DRAFT:
        return draft.get(), "thaw", True
    return runs[chosen].recipe, chosen, False
