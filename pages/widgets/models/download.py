"""Brings weights onto this computer, with a progress bar."""

import streamlit as st

from core.messages import ThawError
from core.models.catalogue import ModelEntry, WeightsEntry
from core.models.weights_file import fetch_file
from pages.widgets import notices, sizes


def show(entry: ModelEntry, weights: WeightsEntry, *, key: str = "models.download") -> None:
    """Draws the button, and the bar while the download runs; no network gets a sentence.

    Args:
        key: Of the button; another one where a page has two of them.
    """
    label = f"Download the weights ({weights.file_mb:.0f} MB)"
    if not st.button(label, icon=":material/cloud_download:", key=key):
        st.caption("Otherwise they come at the start of the first training that needs them.")
        return
    bar = st.progress(0.0, "Asking for the file…")

    def advance(done: int, total: int) -> None:
        share = min(1.0, done / total) if total else 0.0
        bar.progress(share, f"{sizes.of_bytes(done)} of {sizes.of_bytes(total)}")

    try:
        fetch_file(entry.name, weights, advance)
    except ThawError as error:
        bar.empty()
        notices.show(error, "warning")
        return
    st.rerun()
