"""Code: the recipe as one plain PyTorch script, to read and to take home."""

import streamlit as st

from pages.widgets.code import scripts, source_choice, whole

st.title("Code")
st.markdown(
    "All that was chosen on the pages, as one PyTorch script without Thaw. It gives the same "
    "losses as the run."
)
recipe, name, is_draft = source_choice.edit()
whole.show(recipe, scripts.of(recipe), name, is_draft=is_draft)
