"""The catalogue as a table; a click on a row chooses that model with those weights."""

import pandas as pd
import streamlit as st

from pages.widgets.models import choice
from pages.widgets.models.choice import Chosen
from pages.widgets.models.scores import SCORES

HEIGHT = 390  # pixels, as the chart beside it


def show(rows: pd.DataFrame, chosen: Chosen, task: str) -> None:
    """Draws the rows; the chosen one is marked.

    Args:
        rows: As `catalogue_frame.frame` gives them, numbered from 0.
    """
    if rows.empty:
        st.info("No model matches: clear the search or a filter.", icon=":material/search_off:")
        return
    name = rows["model"] + " " + rows["weights"]
    # What was chosen elsewhere comes first: its row may lie far below.
    marked = choice.marked(task)
    rows = rows.iloc[(name != marked).argsort(kind="stable")].reset_index(drop=True)
    at = rows.index[(rows["model"] == chosen.name) & (rows["weights"] == chosen.weights)]
    # One model is always chosen, so its row stays ticked; unless a filter hides it, for then a
    # required row would be the first of them, which nobody chose.
    mode = "single-row-required" if len(at) else "single-row"
    # Other rows are another table, and so is one that must mark what was chosen elsewhere.
    key = f"models.table {mode} {len(rows)} {hash(tuple(rows['model']))} {marked}"
    columns = _columns(task, longest=max(map(len, rows["model"])))
    picked = st.dataframe(
        rows,
        key=key,
        hide_index=True,
        height=min(HEIGHT, 38 + 35 * len(rows)),
        column_order=list(columns),
        column_config=columns,
        placeholder="–",
        on_select="rerun",
        selection_mode=mode,
        selection_default={"selection": {"rows": at.tolist(), "columns": [], "cells": []}},
    )
    names = list(zip(rows["model"], rows["weights"], strict=True))
    choice.expect_clicks(key, names, list(picked.selection.rows))


def _columns(task: str, longest: int) -> dict:
    score = SCORES[task]
    return {
        "model": st.column_config.TextColumn("Model", width=max(160, 7 * longest), pinned=True),
        "weights": st.column_config.TextColumn("Weights"),
        "score": st.column_config.NumberColumn(
            score.label, format=f"%.{score.digits}f", help=score.help
        ),
        "params": st.column_config.NumberColumn("Parameters", format="compact"),
        "here": st.column_config.TextColumn(
            "Offline", width=100, help="Weights that are on this computer and need no network."
        ),
        "gmacs": st.column_config.NumberColumn(
            "GMACs", format="%.2f",
            help="10⁹ multiply-adds for one input of the size in the next column, as "
            "torchvision states them.",
        ),
        "input": st.column_config.NumberColumn("Input px", format="%d"),
        "file_mb": st.column_config.NumberColumn("File MB", format="%.0f"),
        "family": st.column_config.TextColumn("Family"),
    }
