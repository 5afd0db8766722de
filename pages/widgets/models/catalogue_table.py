"""The catalogue as a table; a click on a row chooses that model with those weights."""

from functools import partial

import pandas as pd
import streamlit as st

from core.recipe import ModelSpec
from pages.state import person
from pages.widgets.models import choice

_COLUMNS = {
    "model": st.column_config.TextColumn("Model", width="medium", pinned=True),
    "weights": st.column_config.TextColumn("Weights"),
    "acc1": st.column_config.NumberColumn(
        "Top-1 %", format="%.1f", help="Accuracy on ImageNet-1K as its publisher states it."
    ),
    "params": st.column_config.NumberColumn("Parameters", format="compact"),
    "gmacs": st.column_config.NumberColumn(
        "GMACs", format="%.2f", help="10⁹ multiply-adds for one picture at the input size."
    ),
    "input": st.column_config.NumberColumn("Input px", format="%d"),
    "file_mb": st.column_config.NumberColumn("File MB", format="%.0f"),
    "here": st.column_config.TextColumn(
        "Offline", help="Weights that are on this computer and need no network."
    ),
    "family": st.column_config.TextColumn("Family"),
    "data": st.column_config.TextColumn("Learned from"),
}


def show(rows: pd.DataFrame, chosen: ModelSpec, *, key: str) -> None:
    """Draws the rows; the chosen one is marked.

    Args:
        rows: As `catalogue_frame.frame` gives them, numbered from 0.
        key: Of the table; another one for other rows.
    """
    if rows.empty:
        st.info("No model matches: clear the search or a filter.", icon=":material/search_off:")
        return
    at = rows.index[(rows["model"] == chosen.name) & (rows["weights"] == chosen.weights)]
    st.dataframe(
        rows,
        key=key,
        hide_index=True,
        height=390,
        column_order=list(_COLUMNS),
        column_config=_COLUMNS,
        on_select=partial(_take, rows, key),
        selection_mode="single-row",
        selection_default={"selection": {"rows": at.tolist(), "columns": [], "cells": []}},
    )


def _take(rows: pd.DataFrame, key: str) -> None:
    for at in person.selected_rows(key):
        choice.choose(rows.loc[at, "model"], rows.loc[at, "weights"])
