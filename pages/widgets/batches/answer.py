"""Answers of the process that runs loaders, each kept a while."""

import streamlit as st

from core.data import explored_files
from core.data.batch import Explored
from core.data.exploration import Exploration
from pages.widgets.batches.children import children

_SECONDS = 90.0  # longer than a DataLoader's own timeout may be


@st.cache_data(max_entries=24, ttl=600, show_spinner="The DataLoader runs…")
def of(wanted: Exploration) -> Explored:
    """What the loader yields; raises ThawError where it can't be asked."""
    return children().run(
        "explore", wanted.model_dump(mode="json"), seconds=_SECONDS, read=explored_files.read
    )
