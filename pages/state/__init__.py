"""The only code that touches `st.session_state`."""
