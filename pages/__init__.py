"""What Thaw shows: one file a page, what they draw in `widgets`, what they remember in `state`."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

# Streamlit takes a folder called pages/ for its old kind of app until `st.navigation` was
# called once. A server whose first visitor opens /train would run that file alone, without
# `app.py` around it; so whoever comes first starts again, with `app.py`.
if PagesManager.uses_pages_directory:
    PagesManager.uses_pages_directory = False
    st.rerun()
