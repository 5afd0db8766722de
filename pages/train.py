"""Train: the recipe, its start, and the run while it moves."""

import streamlit as st

from pages.state import draft
from pages.widgets import deep_link, fields, recipe_words
from pages.widgets.code import mirror
from pages.widgets.start import recipe_file
from pages.widgets.train import data_choice, monitor, recipe_form, starter, watched

st.title("Train")
run = watched.find()
if run:
    monitor.show(run)
    st.divider()
    st.subheader("Next run")
else:
    st.markdown("Look the recipe over, then start. Training goes on without this page.")

levers = st.container(horizontal=True, vertical_alignment="center")
fields.text("name", placeholder=recipe_words.short(draft.get()))
recipe_form.edit()
with levers:  # last, because the choice of images says in the form whether it can be trained on
    starter.show(draft.get(), draft.problems(), data_choice.why_not(draft.get()))
    recipe_file.show_download()
    deep_link.show()
mirror.show("train")
