"""Loads torch once for this server, and takes its objects out of the garbage collector's way.

Streamlit collects garbage after every rerun; with torch's 449,000 objects that costs 0.28 s
each time, and none of them is ever garbage.
"""

import gc
import sys
import threading

import streamlit as st

_alone, _done = threading.Lock(), threading.Event()


@st.cache_resource(show_spinner="Loading PyTorch…")
def load() -> None:
    """Imports torch and torchvision; the first call of a server takes seconds."""
    load_unseen()


def load_unseen() -> None:
    """The same where nothing can be drawn: in a thread of the server that no page runs in."""
    with _alone:  # two threads must not import it at once
        if _done.is_set():
            return
        import torch  # noqa: F401
        import torchvision  # noqa: F401

        gc.collect()
        gc.freeze()
        _done.set()


def is_loaded() -> bool:
    """Whether `load` takes no time any more."""
    return "torchvision" in sys.modules
