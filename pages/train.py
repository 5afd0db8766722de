"""Train: the recipe, its start, and the run while it moves."""

import streamlit as st

from pages.state import draft
from pages.widgets import deep_link, fields, recipe_words
from pages.widgets.code import mirror
from pages.widgets.runs import where_curves_go
from pages.widgets.start import recipe_file
from pages.widgets.train import (
    before_start,
    bring_up,
    data_choice,
    monitor,
    prediction_panel,
    recipe_form,
    starter,
    watched,
    whole_batch,
)

st.title("Train")
run = watched.find()
if run:
    monitor.show(run)
    where_curves_go.show(run)
    st.divider()
    st.subheader("Next run")
else:
    st.markdown("Look the recipe over, then start. Training goes on without this page.")

levers = st.container(horizontal=True, vertical_alignment="center")
beforehand = st.container()
fields.text("name", placeholder=recipe_words.short(draft.get()))
recipe_form.edit()
with levers:  # last, because the choice of images says in the form whether it can be trained on
    no_images = data_choice.why_not(draft.get()) or whole_batch.why_not(draft.get())
    starter.show(draft.get(), draft.problems(), no_images)
    prediction_panel.show_button(draft.get())
    before_start.show_button(draft.get(), disabled=not starter.is_free(draft.problems()))
    recipe_file.show_download()
    deep_link.show()
with beforehand:
    prediction_panel.show(draft.get())
    before_start.show(draft.get())
mirror.show("train")
if run:
    bring_up.show(run)
