"""The summary as a table: one row a module, ice and warmth for what the plan does to it."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.models.summary import Row, Summary

_DEPTHS = {"Stages": 1, "Blocks": 2, "Finer": 3, "Everything": 99}
_STATES = {"on": ["trains"], "off": ["frozen"], "mixed": ["some of it"]}
_COLUMNS = {
    "layer": st.column_config.TextColumn("Layer", width="medium", pinned=True),
    "type": st.column_config.TextColumn("Type"),
    "output": st.column_config.TextColumn("Output", help="Without the batch."),
    "params": st.column_config.NumberColumn(
        "Parameters", format="localized", help="Of the module and all in it."
    ),
    "plan": st.column_config.MultiselectColumn(
        "Under your plan", options=["trains", "frozen", "some of it"],
        color=["orange", "blue", "gray"],
    ),
    "macs": st.column_config.NumberColumn("MACs", format="compact"),
    "detail": st.column_config.TextColumn("Details", width="medium"),
    "path": st.column_config.TextColumn("Name in PyTorch"),
}


def show(summary: Summary, states: Mapping[str, str]) -> None:
    """Draws the table, and the choice of how deep it goes.

    Args:
        states: For each module with parameters, what `freezing.tree_states` says of it.
    """
    depth = st.segmented_control(
        "How deep", list(_DEPTHS), default="Blocks", key="models.depth", persist_state="session",
        label_visibility="collapsed", required=True,
    )
    rows = frame(summary, states)
    shown = rows[summary_depths(summary) <= _DEPTHS[depth]]
    st.dataframe(
        shown, hide_index=True, column_order=list(_COLUMNS), column_config=_COLUMNS,
        height=min(560, 37 + 35 * len(shown)), key="models.summary",
    )
    st.caption(f"{len(shown)} of {len(rows)} modules. A click on a heading sorts.")


def frame(summary: Summary, states: Mapping[str, str]) -> pd.DataFrame:
    """One row a module; parameters and MACs count what lies in it too."""
    params = _with_inner(summary, "params")
    macs = _with_inner(summary, "macs")
    return pd.DataFrame(
        [
            {
                "layer": "\u2003" * (row.depth - 1) + (row.name.rpartition(".")[2] or "whole"),
                "type": row.type,
                "output": _shape(row.output),
                "params": params[row.name],
                "plan": _STATES.get(states.get(row.name, ""), []),
                "macs": macs[row.name],
                "detail": row.detail,
                "path": row.name,
            }
            for row in summary.rows
        ]
    )
