"""Runs: all of them in one table; one looked into, several compared."""

import streamlit as st

from core.runs import queue
from pages.widgets.experiment import queue_panel
from pages.widgets.runs import (
    compare,
    compare_link,
    no_runs,
    one_run,
    reading,
    runs_filter,
    runs_frame,
    runs_table,
    selection,
    where_curves_go,
)

st.title("Runs")
runs = reading.all_runs()
known = [seen.id for seen in runs]
compare_link.open_link(known)
if not runs:
    no_runs.show()
else:
    st.markdown("Every training is kept here, with its settings, curves and checkpoints.")
    titles = sorted(runs_frame.frame(runs)["data"].dropna().unique())
    queue_panel.show(queue.waiting())
    runs_table.show(runs, runs_filter.edit(titles))
    ids = selection.chosen(known)
    chosen = [seen for seen in runs if seen.id in ids]
    if len(chosen) == 1:
        one_run.show(chosen[0])
    elif chosen:
        compare.show(chosen)
        where_curves_go.show_tensorboard()
