"""Which layer is shown: any that the forward pass runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.models import freezing

if TYPE_CHECKING:
    from core.models.summary_rows import Row


def edit(rows: Sequence[Row], key: str) -> tuple[str, int]:
    """Draws the choice of a layer and, where it runs several times, of the run.

    Args:
        rows: Of the model's summary.
        key: Tells one model from another.

    Returns:
        The layer's name, and which of its runs, from 0.
    """
    by_name = {row.name: row for row in rows if row.name and row.calls and row.output}
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    names = list(by_name)
    with left:
        name = st.selectbox(
            "Layer", names, index=names.index(first(rows)), key=f"inside.layer {key}",
            persist_state="session", format_func=lambda one: _words(by_name[one]),
            help="Type to search: a name such as layer1.0.conv1, or a type such as ReLU.",
        )
    calls = by_name[name].calls
    if calls == 1:
        return name, 0
    with right:
        run = st.number_input(
            f"Run of {calls}", 1, calls, 1, key=f"inside.run {key} {name}",
            help="The forward pass runs this module several times.",
        )
    return name, int(run) - 1


def first(rows: Sequence[Row]) -> str:
    """The layer to begin with: the first stage that is more than one module and gives maps."""
    by_name = {row.name: row for row in rows}
    stages = [name for name in freezing.stages(rows) if by_name[name].calls]
    holders = {row.name.rpartition(".")[0] for row in rows}
    for name in stages:
        if name in holders and len(by_name[name].output) > 1 and max(by_name[name].output) > 1:
            return name
    return stages[0]


def _words(row: Row) -> str:
    return f"{row.name} · {row.type} · {' × '.join(map(str, row.output))}"
