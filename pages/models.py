"""Models: the catalogue, the weights, and the summary of the chosen model."""

import streamlit as st

from core.models.catalogue import CATALOGUE, find_model, find_weights, size_in_training
from core.models.weights_file import available_offline
from pages.state import draft
from pages.widgets import fields
from pages.widgets.models import (
    accuracy_chart,
    catalogue_filter,
    catalogue_frame,
    catalogue_table,
    download,
    model_view,
    views,
    weights_choice,
)

st.title("Models")
st.markdown("Choose what your training starts from. A click on a row or on a point takes it.")

rows = catalogue_frame.frame(CATALOGUE, available_offline)
shown = catalogue_frame.filtered(rows, catalogue_filter.edit(sorted(set(rows["family"]))))
chosen = draft.get().model
table, chart = st.columns([3, 2], gap="medium")
with table:
    catalogue_table.show(shown, chosen)
with chart:
    accuracy_chart.show(rows, shown, chosen)

entry = find_model(chosen.name)
weights = find_weights(chosen.name, chosen.weights)
st.header(entry.name)
start, view = st.columns([2, 3], gap="large")
with start:
    weights_choice.show(entry)
    if not available_offline(entry.name, chosen.weights):
        download.show(entry, weights)
with view:
    size = size_in_training(chosen.name, chosen.weights)
    fields.number(
        "transform.size", placeholder=f"{size}, as the weights have it" if weights else str(size)
    )
    model_view.show_head(draft.get())
views.show(model_view.viewed_of(draft.get()))
