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
    st.header("Side by side", anchor=False)
    for seen in runs[:MOST]:
        if seen.trouble:
            st.markdown(f":red[:material/error:] **{plain(seen.name)}**: {plain(seen.trouble)}")
    named = labels.of([seen for seen in runs[:MOST] if seen.now])
    if not named:
        return
    verdict.show(named)
    curves.show(named)
    with st.container(horizontal=True, vertical_alignment="center"):
        every = st.toggle(
            "All settings", key="runs.all_settings", persist_state="session",
            help="Also those that are the same in all of the chosen runs.",
        )
        _evaluate(named)
    compare_table.show(named, every=every)


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
