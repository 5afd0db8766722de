"""Runs beside each other: curves, results and the settings that differ, accuracy for its cost."""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.evaluation.compare_lines import Recorded
from core.evaluation.compare_view import MOST_RUNS
from core.messages import Problem
from pages.widgets import notices
from pages.widgets.plain import plain
from pages.widgets.runs import (
    compare_cost,
    compare_curves,
    compare_runs_table,
    compare_table,
    evaluated,
    judging,
    labels,
    reading,
    run_records,
    verdict,
)
from pages.widgets.runs.judging import Wanted
from pages.widgets.runs.reading import SeenRun

FEW = 3  # runs that have a column each; more have a row each


def show(runs: Sequence[SeenRun]) -> None:
    """Draws at most the first fifty."""
    if len(runs) > MOST_RUNS:
        notices.show(Problem("compare.too_many", {"count": len(runs), "most": MOST_RUNS}))
    st.header("Side by side", anchor=False)
    for seen in runs[:MOST_RUNS]:
        if seen.trouble:
            st.markdown(f":red[:material/error:] **{plain(seen.name)}**: {plain(seen.trouble)}")
    named = labels.of([seen for seen in runs[:MOST_RUNS] if seen.now])
    if not named:
        return
    verdict.show(named)
    compare_curves.show(named)
    recorded = run_records.of({label: seen.run for label, seen in named.items()})
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Results and settings", anchor=False, width="content")
        every = st.toggle(
            "All settings", key="runs.all_settings", persist_state="session",
            help="Also those that are the same in all of the chosen runs.",
        )
        row = st.container(width="content")
    _evaluate(named, row)
    if len(named) <= FEW:
        compare_table.show(named, recorded, every=every)
        return
    compare_runs_table.show(named, recorded, every=every)
    _cost(named, recorded)


def _cost(runs: Mapping[str, SeenRun], recorded: Mapping[str, Recorded]) -> None:
    st.subheader("Accuracy for its cost", anchor=False)
    st.fragment(compare_cost.show)(runs, recorded)


def _evaluate(runs: Mapping[str, SeenRun], row: DeltaGenerator) -> None:
    """Draws the button that fills in held-out accuracies, or how far they are.

    Args:
        row: That has room for the button.
    """
    with notices.guarded():
        wanted = {
            label: one for label, seen in runs.items() if reading.checkpoints_of(seen.run)
            if (one := Wanted(seen.run, "best")).is_there
            and evaluated.figures(seen.run) is None
        }
        if not wanted or judging.follow(wanted):
            return
        if row.button(
            "Evaluate on held-out images", icon=":material/fact_check:", key="runs.evaluate_all",
            help="Reads the held-out images with the best checkpoint of each run; takes seconds "
            "a run.",
        ):
            judging.begin(wanted.values())
            st.rerun()
