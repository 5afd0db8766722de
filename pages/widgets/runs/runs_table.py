"""All runs as a table; ticked rows are shown below it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.runs.status import LIVE
from pages.state import person
from pages.widgets import field_words, notices
from pages.widgets.runs import reading, runs_frame, selection
from pages.widgets.runs.reading import SeenRun
from pages.widgets.runs.runs_frame import Filter

_EVERY = "2s"
_ROWS = 10  # seen at once; more are scrolled to
_STATUSES = {
    **dict.fromkeys(LIVE, "primary"), "queued": "gray", "stopped": "yellow",
    "finished": "green", "failed": "red", "crashed": "red", "damaged": "red",
}
_PLANS = {"linear_probe": "blue", "last_stage": "blue", "last_stages": "blue", "all": "orange",
          "from_scratch": "gray"}
_COLUMNS = {
    "name": st.column_config.TextColumn("Run", width="medium", pinned=True),
    "status": st.column_config.MultiselectColumn(
        "Status", options=list(_STATUSES), color=list(_STATUSES.values())
    ),
    "accuracy": st.column_config.NumberColumn(
        "Val. acc. %", format="%.2f", help="Validation accuracy of the best epoch: the one with "
        "the lowest validation loss, unless early stopping watches the accuracy.",
    ),
    "loss": st.column_config.NumberColumn("Val. loss", format="%.4f"),
    "best_epoch": st.column_config.NumberColumn("Best epoch", format="%d"),
    "epochs": st.column_config.TextColumn("Epochs", alignment="right"),
    "plan": st.column_config.MultiselectColumn(
        "What trains", options=[*map(field_words.choice, _PLANS), runs_frame.OPENS],
        color=[*_PLANS.values(), "orange"],
    ),
    "model": st.column_config.TextColumn("Model"),
    "weights": st.column_config.TextColumn("Weights"),
    "data": st.column_config.TextColumn("Data"),
    "per_class": st.column_config.TextColumn("Images a class", alignment="right"),
    "seconds": st.column_config.NumberColumn("Time", format="duration"),
    "started": st.column_config.DatetimeColumn("Started", format="D MMM, HH:mm"),
    "group": st.column_config.TextColumn("Experiment, sweep", width="medium"),
    "note": st.column_config.TextColumn("Note", width="medium"),
}


def show(runs: Sequence[SeenRun], wanted: Filter) -> None:
    """Draws the table; while a run lives or waits, this part is drawn again every two seconds.

    Args:
        runs: All runs, as the rest of the page shows them.
    """
    known = _standing(runs)
    # What waits may be started at any moment, also when nothing runs just now.
    moves = any(seen.is_live or _waits(seen) for seen in runs)
    st.fragment(_draw, run_every=_EVERY if moves else None)(known, wanted)


def _draw(known: list[tuple[str, bool, bool]], wanted: Filter) -> None:
    with notices.guarded():
        runs = reading.all_runs()
        if _standing(runs) != known:
            st.rerun()  # one came, went, began, ended or was queued: the whole page follows
        rows = runs_frame.filtered(runs_frame.frame(runs), wanted)
        chosen = selection.chosen([seen.id for seen in runs])
        hidden = [run_id for run_id in chosen if run_id not in set(rows["id"])]
        if rows.empty:
            st.info("No run matches: clear the search or the data set.",
                    icon=":material/search_off:")
        else:
            _table(rows, chosen, hidden)
        words = f"{len(rows)} of {len(runs)} runs" if len(rows) < len(runs) else _count(len(runs))
        if hidden:
            words += f" · {len(hidden)} that you chose " + ("is" if len(hidden) == 1 else "are")
            words += " hidden by the filter"
        st.caption(f"{words} · tick one to look into it, several to compare them")


def _table(rows: pd.DataFrame, chosen: Sequence[str], hidden: Sequence[str]) -> None:
    # Other rows are another table, and so is one that must mark what was not ticked in it.
    key = f"runs.table {hash(tuple(rows['id']))} {selection.revision()}"
    at = rows.index[rows["id"].isin(chosen)]
    picked = st.dataframe(
        rows,
        key=key,
        hide_index=True,
        height=38 + 35 * min(len(rows), _ROWS),
        column_order=[name for name in _COLUMNS if name != "group" or rows[name].notna().any()],
        column_config=_COLUMNS,
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": at.tolist(), "columns": [], "cells": []}},
    )
    ticked = [row for row in picked.selection.rows if row < len(rows)]
    if person.is_new(key, ticked) and ticked != at.tolist():
        selection.click([*hidden, *rows.loc[sorted(ticked), "id"]])
        st.rerun()


def _standing(runs: Sequence[SeenRun]) -> list[tuple[str, bool, bool]]:
    return [(seen.id, seen.is_live, _waits(seen)) for seen in runs]


def _waits(seen: SeenRun) -> bool:
    return seen.now is not None and seen.now.status == "queued"


def _count(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"
