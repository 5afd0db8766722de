"""Two or three runs beside each other: curves, results, and the settings that differ."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.messages import ThawError
from pages.widgets import notices
from pages.widgets.plain import plain
from pages.widgets.runs import compare_table, curves, evaluated, labels, reading, verdict
from pages.widgets.runs.reading import SeenRun

MOST = 3  # more lines in one chart are told apart by nobody


def show(runs: Sequence[SeenRun]) -> None:
    """Draws the first three."""
    if len(runs) > MOST:
        notices.show(f"You chose {len(runs)} runs: the first three are compared here.")
    named = labels.of(runs[:MOST])
    st.header("Side by side", anchor=False)
    if line := verdict.words(named):
        st.markdown(f"##### {line}")
    for label, seen in named.items():
        if seen.trouble:
            st.markdown(f":small[:red[:material/error:] {plain(label)}: {plain(seen.trouble)}]")
    curves.show(named)
    _evaluate(named)
    compare_table.show(named)


def _evaluate(runs: Mapping[str, SeenRun]) -> None:
    """The button that fills the row of held-out accuracies, while something is missing there."""
    missing = {
        label: seen for label, seen in runs.items()
        if reading.checkpoints_of(seen.run) and evaluated.known(seen.run) is None
    }
    if not missing or not st.button(
        "Evaluate on held-out images", icon=":material/fact_check:", key="runs.evaluate_all",
        help="Reads the held-out images with the best checkpoint of each run; takes seconds.",
    ):
        return
    with st.spinner("Reading the images…"):
        for label, seen in missing.items():
            try:
                evaluated.measure(seen.run)
            except ThawError as error:
                notices.show(f"{plain(label)}: {plain(str(error))}", "error")
                return
    st.rerun()
