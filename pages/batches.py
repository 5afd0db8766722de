"""Batches: what a DataLoader makes of a data set, argument by argument."""

import streamlit as st

from core.data import loader_code
from pages.state import exploration
from pages.widgets.batches import adoption, examples, form, jump, views
from pages.widgets.code import mirror

st.title("Batches")
st.markdown(
    "A `DataLoader` picks samples, and `collate_fn` makes one batch of them. Change an argument "
    "and see what comes out; it does not touch your recipe until you say so."
)
view = views.choose()
if view in views.WIDE:
    views.show_wide(view)
else:
    examples.show()
    inputs, outputs = st.columns([1, 2], gap="large")
    with inputs:
        jump.show()
        wanted, problems = exploration.current()
        form.edit(problems)
        adoption.show(wanted, disabled=bool(problems))
    with outputs:
        jump.mark()
        views.show_beside(view, wanted)
    if not problems:
        mirror.show_program("batches", lambda: loader_code.code_of(wanted))
