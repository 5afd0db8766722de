"""The app's look at the queue: if its process was killed, it is started again."""

import logging

import streamlit as st

from core import places
from core.messages import ThawError
from core.runs import queue

_LOG = logging.getLogger("thaw.pages")


def look() -> None:
    """Lets the queue go on; at most every ten seconds, whoever visits."""
    _look(str(places.runs_root()))


@st.cache_data(ttl=10, show_spinner=False)
def _look(root: str) -> None:
    """One for all browsers; the folder tells a home from another one."""
    try:
        queue.keep_going()
    except ThawError as error:  # the Experiment page says it where it matters
        _LOG.warning("%s: %s", root, error)
