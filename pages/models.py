"""Models: the catalogue, the weights, and the chosen model from every side."""

import streamlit as st

from core.models.catalogue import find_any_model, size_in_training
from core.models.weights_file import available_offline, files_here
from pages.state import draft
from pages.widgets import fields, notices, torch_ready
from pages.widgets.code import mirror
from pages.widgets.models import (
    accuracy_chart,
    catalogue_filter,
    catalogue_frame,
    catalogue_table,
    choice,
    download,
    model_view,
    other_input,
    task_choice,
    views,
    weights_choice,
)

st.title("Models")
choice.take_clicks()
notices.show_waiting()
st.markdown("Choose what your training starts from. A click on a row or on a point takes it.")
task = task_choice.edit()
rows = catalogue_frame.frame(task_choice.entries(task), files_here())
shown = catalogue_frame.filtered(rows, catalogue_filter.edit(task, sorted(set(rows["family"]))))
chosen = choice.chosen(task)
table, chart = st.columns([3, 2], gap="medium")
with table:
    catalogue_table.show(shown, chosen, task)
ready = torch_ready.is_loaded()  # the first visit waits for it, with the chart to look at
if not ready:
    with chart:
        accuracy_chart.show(rows, shown, chosen, task)

entry = find_any_model(chosen.name)
weights = entry.find_weights(chosen.weights)
st.header(entry.name)
start, change = st.columns([2, 3], gap="large")
with start:
    weights_choice.show(entry, chosen)
    if task == task_choice.TRAINED and not available_offline(entry.name, chosen.weights):
        download.show(entry, weights)
with change:
    if task == task_choice.TRAINED:
        size = size_in_training(chosen.name, chosen.weights)
        fields.number(
            "transform.size",
            placeholder=f"{size}, as the weights have it" if weights else str(size),
        )
        viewed = model_view.viewed_of(draft.get())
    else:
        st.markdown(
            f":material/visibility: A model for {task_choice.words(task).lower()} can be looked "
            "at here, not trained: your training keeps its own model."
        )
        viewed = model_view.viewed_other(entry, chosen, other_input.edit(entry, chosen))
views.show(viewed)
if task == task_choice.TRAINED:
    mirror.show("models")

# Last, each in its place above: the table of the model does not wait for them.
with change:
    model_view.show_head(viewed)
if ready:
    with chart:
        accuracy_chart.show(rows, shown, chosen, task)
