"""Layers: what trains and what stays frozen, from a preset down to a single layer."""

import streamlit as st

from core.models import freezing
from pages.state import draft
from pages.widgets import freeze_tree
from pages.widgets.code import mirror
from pages.widgets.layers import (
    code_panel,
    consequences,
    epoch_panel,
    figures,
    head_mistake,
    head_panel,
    meaning,
    preset_choice,
)
from pages.widgets.models import model_view, summary_cards

st.title("Layers")
st.markdown("Choose what trains. The rest stays frozen, exactly as it was learned.")
preset_choice.edit()

recipe = draft.get()
exceptions, cards = st.container(), st.container(horizontal=True)
summary = model_view.find_summary(recipe)
if summary:
    head = model_view.head_of(summary)
    plan = freeze_tree.edit(summary, recipe.freeze, head)
    recipe = recipe.model_copy(update={"freeze": plan})
    draft.put(recipe)
    states = freezing.tree_states(summary.rows, plan, head)
    with exceptions:
        preset_choice.show_exceptions(plan, something_trains=states[""] != "off")
    with cards:
        figures.show(freezing.counts(summary.rows, plan, head), recipe.optimizer)
        backward, memory = st.container(), st.container()
    flow, notes = st.container(), st.container()
    st.subheader("The new head", anchor=False)
    inputs, layers = st.columns([2, 3], gap="large")
    with inputs:
        head_panel.edit()
    with layers:
        head_panel.show(recipe, summary)
        mistake = st.container()
    left, right = st.columns([2, 3], gap="large")
    with left:
        meaning.show(recipe, summary, states)
    with right:
        if states[""] != "off":
            code_panel.show(recipe, summary)
    epoch_panel.show(recipe, something_trains=states[""] != "off")
    mirror.show("layers")
    if summary.num_classes:
        with mistake:
            head_mistake.show(summary)
    # Last, because counting on the meta device takes half a second in the largest models.
    with flow:
        reach = consequences.find(recipe, summary)
        if reach:
            consequences.show(recipe, summary, states, reach)
    with backward:
        figures.show_backward(reach)
    if reach:
        with notes:
            need = model_view.memory_to_train(recipe, summary)
        with memory:
            summary_cards.show_memory(
                need, model_view.at_once(recipe), model_view.parts(recipe)
            )
