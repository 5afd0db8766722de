"""Answers of the process that runs loaders: one for this server, each answer kept a while."""

import streamlit as st

from core.data.batch import Explored
from core.data.exploration import Exploration
from core.data.explore_process import Explorer


@st.cache_resource(show_spinner=False)
def _explorer() -> Explorer:
    return Explorer()


@st.cache_data(max_entries=24, ttl=600, show_spinner="The DataLoader runs…")
def of(wanted: Exploration) -> Explored:
    """What the loader yields; raises ThawError where it can't be asked."""
    return _explorer().explore(wanted)
