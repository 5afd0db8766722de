"""The catalogue as a table; a click on a row chooses that model with those weights."""

import pandas as pd
import streamlit as st

from core.recipe import ModelSpec
from pages.state import person
from pages.widgets.models import choice

HEIGHT = 390  # pixels, as the chart beside it
_COLUMNS = {
    "model": st.column_config.TextColumn("Model", width=160, pinned=True),
    "weights": st.column_config.TextColumn("Weights"),
    "acc1": st.column_config.NumberColumn(
        "Top-1 %", format="%.1f", help="Accuracy on ImageNet-1K as its publisher states it."
    ),
    "params": st.column_config.NumberColumn("Parameters", format="compact"),
    "here": st.column_config.TextColumn(
        "Offline", width=100, help="Weights that are on this computer and need no network."
    ),
    "gmacs": st.column_config.NumberColumn(
        "GMACs", format="%.2f", help="10⁹ multiply-adds for one picture at the input size."
    ),
    "input": st.column_config.NumberColumn("Input px", format="%d"),
    "file_mb": st.column_config.NumberColumn("File MB", format="%.0f"),
    "family": st.column_config.TextColumn("Family"),
}


def show(rows: pd.DataFrame, chosen: ModelSpec) -> None:
    """Draws the rows; the chosen one is marked.

    Args:
        rows: As `catalogue_frame.frame` gives them, numbered from 0.
    """
    if rows.empty:
        st.info("No model matches: clear the search or a filter.", icon=":material/search_off:")
        return
    name = rows["model"] + " " + rows["weights"]
    # What was chosen elsewhere comes first: its row may lie far below.
    marked = choice.marked()
    rows = rows.iloc[(name != marked).argsort(kind="stable")].reset_index(drop=True)
    at = rows.index[(rows["model"] == chosen.name) & (rows["weights"] == chosen.weights)]
    # Other rows are another table, and so is one that must mark what was chosen elsewhere.
    key = f"models.table {len(rows)} {hash(tuple(rows['model']))} {marked}"
    picked = st.dataframe(
        rows,
        key=key,
        hide_index=True,
        height=min(HEIGHT, 38 + 35 * len(rows)),
        column_order=list(_COLUMNS),
        column_config=_COLUMNS,
        placeholder="–",
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": at.tolist(), "columns": [], "cells": []}},
    )
    clicked = list(picked.selection.rows)
    if person.is_new(key, clicked) and clicked:
        row = rows.loc[clicked[0]]
        choice.choose(row["model"], row["weights"], by="table")
