"""Start: what Thaw is, the embedded example, the way, and where things lie."""

import streamlit as st

st.title("Thaw")
