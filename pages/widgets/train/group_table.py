"""The optimiser's parameter groups before and after stages were opened."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

_COLUMNS = {
    "group": st.column_config.TextColumn("Group", pinned=True),
    "before": st.column_config.NumberColumn("Parameters before", format="localized"),
    "after": st.column_config.NumberColumn("Parameters after", format="localized"),
    "lr": st.column_config.NumberColumn(
        "Learning rate", format="%.3g", help="Before the schedule's factor."
    ),
    "what": st.column_config.MultiselectColumn("", options=["new"], color=["orange"]),
}


def show(before: Sequence[dict], after: Sequence[dict], key: str) -> None:
    """Draws the table.

    Args:
        before: Name, params and lr of each group.
    """
    st.dataframe(
        frame(before, after), hide_index=True, key=key, column_config=_COLUMNS, placeholder="",
        height="content",
    )


def frame(before: Sequence[dict], after: Sequence[dict]) -> pd.DataFrame:
    """One row a group of the optimiser afterwards, and their sum."""
    rows = [
        {
            "group": group["name"],
            "before": group["params"] if place < len(before) else None,
            "after": group["params"], "lr": group["lr"],
            "what": ["new"] if place >= len(before) else [],
        }
        for place, group in enumerate(after)  # groups are only ever added, at the end
    ]
    whole = {
        "group": "together", "before": sum(group["params"] for group in before),
        "after": sum(group["params"] for group in after), "lr": None, "what": [],
    }
    return pd.DataFrame([*rows, whole]).astype({"before": "Int64", "after": "Int64"})
