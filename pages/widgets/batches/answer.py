"""Answers of the process that runs loaders, each kept a while."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import streamlit as st

from core.data import explored_files
from core.data.batch import Explored
from core.data.exploration import Exploration
from pages.state import exploration
from pages.widgets.batches.children import children

_SECONDS = 90.0  # longer than a DataLoader's own timeout may be
_LOOK_SECONDS = 0.1


@st.cache_data(max_entries=24, ttl=600, show_spinner="The DataLoader runs…")
def of(wanted: Exploration) -> Explored:
    """What the loader yields; raises ThawError where it can't be asked.

    Who has changed something else meanwhile does not wait for a slow one: it is ended.
    """
    process, cancel = children(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(
            process.run, "explore", wanted.model_dump(mode="json"), seconds=_SECONDS,
            read=explored_files.read, cancel=cancel,
        )
        try:
            while not wait([job], _LOOK_SECONDS).done:
                # Where the session's state is read, Streamlit leaves a run that is outdated.
                exploration.raw("data")
        except BaseException:
            cancel.set()
            raise
    return job.result()
