"""Two configurations side by side: A is kept, the form goes on as B."""

import streamlit as st

from core.data import order
from core.data.batch import Explored
from core.data.exploration import Exploration
from pages.state import exploration, person
from pages.widgets import wide_table
from pages.widgets.plain import plain

_KEPT = "batches.compared with"


def edit(wanted: Exploration) -> Exploration | None:
    """Draws what keeps, exchanges and drops A; what is kept, or None."""
    kept = person.choice(_KEPT)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if kept is None:
            st.button(
                "Compare with …", icon=":material/compare:", on_click=person.remember,
                args=(_KEPT, wanted),
                help="Keeps what is on the screen as A. Change the form then: that is B.",
            )
            return None
        if st.button("Exchange A and B", icon=":material/swap_horiz:"):
            person.remember(_KEPT, wanted)
            exploration.replace(order.flat(kept))
            st.rerun()  # the form is outside of this fragment
        st.button(
            "End the comparison", icon=":material/close:", on_click=person.remember,
            args=(_KEPT, None),
        )
    return kept


def show(first: Exploration, second: Exploration, one: Explored, other: Explored) -> None:
    """Draws what was set differently, and how alike the orders are."""
    found = order.differences(first, second)
    if not found:
        st.info("A is kept. Change the form: that is B.", icon=":material/compare:")
        return
    lines = ["| argument | A | B |", "| --- | --- | --- |"]
    lines += [
        f"| `{one.field.rpartition('.')[2]}` | {_value(one.first)} | {_value(one.second)} |"
        for one in found
    ]
    wide_table.room("batches differences").markdown("\n".join(lines))
    st.markdown(_alike(one, other))


def _alike(one: Explored, other: Explored) -> str:
    if not one.epochs or not other.epochs:
        return ""
    first, second = one.epochs[0], other.epochs[0]
    found = order.agreement(first, second)
    most = max(len(first), len(second))
    if found.first_other is None:
        return f"The first epoch is the same: all {most:,} batches."
    words = f"The first epochs differ from batch **{found.first_other}** on."
    if found.same:
        words += f" {found.same:,} of {most:,} batches are the same."
    mixed = found.same_samples - found.same
    if mixed:
        words += f" {mixed:,} hold the same samples in other places."
    return words


def _value(value: object) -> str:
    return plain("" if value == "" else str(value)) or "–"
