"""Modules that one forward pass does not run, in words: what that means, and which they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from core.models.summary_rows import Row

_NAMED = 3  # before the rest is counted
WORDS = {"unused": "never called", "read": "its weights are read", "holds": "only holds others"}
FLAGGED = (WORDS["unused"], WORDS["read"])


def show(rows: Sequence[Row]) -> None:
    """Draws a sentence on those that do nothing; nothing where every module is used."""
    idle = outermost(row for row in rows if row.use == "unused" and row.total_params)
    if idle:
        params = sum(row.total_params for row in idle)
        st.warning(
            f"{_names(idle)} {_is(idle, 'is', 'are')} never called: no forward pass in eval "
            f"mode uses {_is(idle, 'its', 'their')} {params:,} parameters.",
            icon=":material/link_off:",
        )


def show_read(rows: Sequence[Row]) -> None:
    """Draws what the words in the table mean for modules that are not run themselves."""
    if read := [row for row in rows if row.use == "read"]:
        st.caption(
            f"{_names(read)} {_is(read, 'is', 'are')} not called by "
            f"{_is(read, 'itself', 'themselves')}: an operation of the module around "
            f"{_is(read, 'it', 'them')} reads {_is(read, 'its', 'their')} weights, so "
            f"{_is(read, 'it counts', 'they count')}."
        )


def outermost(rows: Iterable[Row]) -> list[Row]:
    """The rows that lie in none of the others; rows come in registration order."""
    found: list[Row] = []
    for row in rows:
        if not found or not row.name.startswith(f"{found[-1].name}."):
            found.append(row)
    return found


def _names(rows: Sequence[Row]) -> str:
    shown = [f"`{row.name}`" for row in rows[:_NAMED]]
    rest = len(rows) - _NAMED
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join(", ".join(shown).rsplit(", ", 1))


def _is(rows: Sequence[Row], one: str, many: str) -> str:
    return one if len(rows) == 1 else many
