"""The summary as a table: one row a module, ice and warmth for what the plan does to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pages.widgets.models import unused_modules
from pages.widgets.models.summary_columns import COLUMNS, USUAL

if TYPE_CHECKING:
    from core.models.summary import Summary

_DEPTHS = {"Stages": 1, "Blocks": 2, "Finer": 3, "Everything": 99}
_INDENT = "\u2003"  # a space that the table does not swallow
_STATES = {"on": ["trains"], "off": ["frozen"], "mixed": ["some of it"]}


def show(summary: Summary, states: Mapping[str, str] | None) -> None:
    """Draws the table, and the choices of how deep it goes, which rows and which columns.

    Args:
        states: For each module with parameters, what `freezing.tree_states` says of it; None
            for a model that no plan is about.
    """
    rows = frame(summary, states)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        depth = st.segmented_control(
            "How deep", list(_DEPTHS), default="Blocks", key="models.depth",
            persist_state="session", label_visibility="collapsed", required=True,
        )
        search = st.text_input(
            "Find modules", placeholder="layer4 or Conv2d", icon=":material/search:", live=True,
            key="models.find", persist_state="session", label_visibility="collapsed",
            autocomplete="off", width=230,
        )
        columns = _edit_columns(rows)
        st.download_button(
            "CSV", lambda: csv(summary), f"{summary.model}_{summary.weights}_summary.csv",
            "text/csv", icon=":material/download:", on_click="ignore", key="models.csv",
            help="Every module and every column.",
        )
    shown = found(rows, search or "") if search else rows[rows["depth"] <= _DEPTHS[depth]]
    if shown.empty:
        st.info("No module matches: clear the search.", icon=":material/search_off:")
        return
    st.dataframe(
        shown, hide_index=True, column_order=columns,
        column_config={name: COLUMNS[name][1] for name in columns},
        height=min(560, 38 + 35 * len(shown)), placeholder="",
    )
    st.caption(f"{len(shown)} of {len(rows)} modules. A click on a heading sorts.")
    unused_modules.show_read(summary.rows)


def _edit_columns(rows: pd.DataFrame) -> list[str]:
    """The columns that are shown, in the table's own order whatever the order of the clicks."""
    offered = [name for name in COLUMNS if name in rows and name != "layer"]
    with st.popover("Columns", icon=":material/view_column:"):
        chosen = st.pills(
            "Columns", offered, selection_mode="multi", persist_state="session",
            default=[name for name in USUAL if name in offered],
            key=f"models.columns {len(offered)}",  # a model without a plan has one less
            format_func=lambda name: COLUMNS[name][0], label_visibility="collapsed",
        )
    # What is not called is said in any case, and the name of a layer leads its row.
    flagged = (rows["use"].isin(unused_modules.FLAGGED) & (rows["total_params"] > 0)).any()
    needed = {"use"} if flagged else set()
    return ["layer", *(name for name in offered if name in needed or name in chosen)]


def found(rows: pd.DataFrame, search: str) -> pd.DataFrame:
    """The rows whose name or type has every word of the search in it."""
    text = (rows["name"] + " " + rows["type"]).str.lower()
    keep = pd.Series(True, index=rows.index)
    for word in search.lower().split():
        keep &= text.str.contains(word, regex=False)
    return rows[keep]


def frame(summary: Summary, states: Mapping[str, str] | None) -> pd.DataFrame:
    """One row a module with what the table shows of it; shapes as text."""
    from core.models import summary as summaries

    rows = summaries.frame(summary)
    own = rows["name"].str.rpartition(".")[2]
    shown = rows.assign(
        layer=[_INDENT * depth + (name or "whole model")
               for depth, name in zip(rows["depth"], own, strict=True)],
        use=rows["use"].map(unused_modules.WORDS).fillna(""),
        **{name: 100 * rows[name] for name in rows if name.endswith("_share")},
        **{name: rows[name].map(_shape) for name in ("input", "output", "kernel", "stride")},
    )
    if states is not None:
        shown["plan"] = [_STATES.get(states.get(name, ""), []) for name in rows["name"]]
    return shown


def csv(summary: Summary) -> str:
    """Every row and column of the summary, numbers as they are, shapes as 64×112×112."""
    from core.models import summary as summaries

    rows = summaries.frame(summary)
    shapes = {
        name: rows[name].map(lambda shape: "×".join(map(str, shape)))
        for name in ("input", "output", "kernel", "stride")
    }
    return rows.assign(**shapes).to_csv(index=False)


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
