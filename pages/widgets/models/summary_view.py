"""The view Summary: what the model costs, its modules in a table, its totals in full."""

import streamlit as st

from core.models import freezing
from pages.widgets.models import (
    model_view,
    summary_cards,
    summary_table,
    totals_panel,
    unused_modules,
)
from pages.widgets.models.viewed import Viewed


def show(viewed: Viewed) -> None:
    """Draws figures, modules and totals; an input that the model can't take gets its sentence.

    What memory takes is counted last, because that runs the model on meta once more.
    """
    found = model_view.summary_of(viewed)
    if found is None:
        return
    recipe, states, counts = viewed.recipe, None, None
    if recipe:
        head = model_view.head_of(found)
        states = freezing.tree_states(found.rows, recipe.freeze, head)
        counts = freezing.counts(found.rows, recipe.freeze, head)
    memory = summary_cards.show(found.totals, counts)
    notes = st.container()
    unused_modules.show(found.rows)
    summary_table.show(found, states)
    totals_panel.show(viewed, found)
    if recipe:
        with notes:
            need = model_view.memory_to_train(recipe, found)
        with memory:
            summary_cards.show_memory(
                need, model_view.at_once(recipe), model_view.parts(recipe)
            )
    else:
        with memory:
            summary_cards.show_forward(found)
