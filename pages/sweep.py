"""Sweep: one recipe with every combination of up to three fields' values, as a map."""

import streamlit as st

from core.runs import queue, sweep
from pages.state import draft
from pages.widgets.experiment import queue_panel
from pages.widgets.sweep import choice, form, standing, starter

st.title("Sweep")
st.markdown(
    "Which learning rate, which batch size, how much of the model to train? Choose one to three "
    "fields of the recipe and their values: every combination is trained, and the result is a map."
)
shown = choice.edit(sweep.list_all())
if shown:
    standing.show(shown)
else:
    asked = form.edit(draft.get())
    if asked:
        starter.show(*asked)
    queue_panel.show(queue.waiting())
