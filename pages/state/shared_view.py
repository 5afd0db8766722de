"""A comparison that came by a link, once; its text stays in the address for a reload."""

from collections.abc import Mapping

import streamlit as st

_TAKEN = "shared_view.taken"


def take() -> Mapping[str, str] | None:
    """The address's names and values the first time they name runs in this session, else None."""
    query = st.query_params.to_dict()
    if "runs" not in query or query == st.session_state.get(_TAKEN):
        return None
    st.session_state[_TAKEN] = query
    return query


def forget(key: str) -> None:
    """Drops what the widget of this key holds, so that it begins anew; before it is drawn."""
    st.session_state.pop(key, None)


def page_address() -> str:
    """Address of the page that is open, without what follows the question mark."""
    return (st.context.url or "").split("?")[0].rstrip("/")
