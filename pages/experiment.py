"""Experiment: one recipe under several freeze plans and seeds, and what it says of the claim."""

import streamlit as st

from core.runs import experiment, queue
from pages.state import draft
from pages.widgets.experiment import choice, form, queue_panel, standing, starter

st.title("Experiment")
st.markdown(
    "The lecture’s claim: a finished model that is trained further beats layers made anew. Train "
    "the same recipe under several freeze plans, each with several seeds, and see whether it "
    "holds here."
)
shown = choice.edit(experiment.list_all())
if shown:
    standing.show(shown)
else:
    recipe = draft.get()
    spec = form.edit(recipe)
    if spec:
        starter.show(spec, recipe)
    queue_panel.show(queue.waiting())
