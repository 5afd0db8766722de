"""The summary as a table: one row a module, ice and warmth for what the plan does to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

if TYPE_CHECKING:
    from core.models.summary import Summary

_DEPTHS = {"Stages": 1, "Blocks": 2, "Finer": 3, "Everything": 99}
_INDENT = "\u2003"  # a space that the table does not swallow
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
    shown = rows[rows["depth"] <= _DEPTHS[depth]]
    st.dataframe(
        shown, hide_index=True, column_order=list(_COLUMNS), column_config=_COLUMNS,
        height=min(560, 38 + 35 * len(shown)), placeholder="",
    )
    st.caption(f"{len(shown)} of {len(rows)} modules. A click on a heading sorts.")


def frame(summary: Summary, states: Mapping[str, str]) -> pd.DataFrame:
    """One row a module; its parameters and MACs count what lies in it too."""
    return pd.DataFrame(
        [
            {
                "depth": row.depth,
                "layer": _INDENT * row.depth + (row.name.rpartition(".")[2] or "whole model"),
                "type": row.type,
                "output": _shape(row.output),
                "params": row.total_params,
                "plan": _STATES.get(states.get(row.name, ""), []),
                "macs": row.macs,
                "detail": row.detail,
                "path": row.name,
            }
            for row in summary.rows
        ]
    )


def _shape(output: tuple[int, ...]) -> str:
    return " × ".join(map(str, output))
