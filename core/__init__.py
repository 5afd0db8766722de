"""Thaw's core: models, data, training and runs, with no Streamlit in it."""
