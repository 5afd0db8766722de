"""Whose script is shown: the draft's, or a run's."""

import streamlit as st

from core.recipe import Recipe
from pages.state import draft, person
from pages.widgets.runs import labels, reading

_DRAFT, _KEY = "", "code.source"


def edit() -> tuple[Recipe, str, bool]:
    """The recipe, a name for its files, and whether it is the draft."""
    runs = [seen for seen in reading.all_runs() if seen.recipe is not None]
    labelled = {_DRAFT: "Your draft, as the pages have it"}
    labelled |= {seen.id: label for label, seen in labels.of(runs).items()}
    by_id = {seen.id: seen for seen in runs}
    ids = [_DRAFT, *by_id]
    kept = person.choice(_KEY, _DRAFT)
    person.hold_on(_KEY)  # another run of the same name changes what this one is called
    chosen = st.selectbox(
        "Script of", ids, index=ids.index(kept) if kept in ids else 0, key=_KEY,
        format_func=labelled.get, width=480,  # a run that is gone has no words
    )
    person.remember(_KEY, chosen)
    if chosen == _DRAFT:
        return draft.get(), "thaw", True
    return by_id[chosen].recipe, chosen, False
