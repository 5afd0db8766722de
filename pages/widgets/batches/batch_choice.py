"""Which of the batches is shown: back and on by button or key, or the last."""

import streamlit as st

from core.data.batch import Explored
from core.data.exploration import Exploration
from pages.state import exploration, person

_NUMBER = "batches.number"
_MOST = max(one.le for one in Exploration.model_fields["batches"].metadata if hasattr(one, "le"))


def choose(found: Explored) -> int:
    """Draws the buttons; the number of the batch, from 0."""
    last = len(found.batches) - 1
    number = min(max(int(person.choice(_NUMBER, 0)), 0), last)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Previous", icon=":material/chevron_left:", shortcut="Left", disabled=number == 0,
            on_click=person.remember, args=(_NUMBER, number - 1), key="batches.previous",
        )
        st.button(
            "Next", icon=":material/chevron_right:", icon_position="right", shortcut="Right",
            disabled=number == last, on_click=person.remember, args=(_NUMBER, number + 1),
            key="batches.next",
        )
        _last(found, number)
        batch = found.batches[number]
        worker = "" if batch.worker is None else f" · made by worker {batch.worker}"
        st.markdown(f"**Batch {number}** of {found.total:,}, counted from 0{worker}")
    return number


def _last(found: Explored, number: int) -> None:
    """To the end of the epoch, for which all of its batches have to be made."""
    if found.problem or number >= found.total - 1:
        return
    if found.total > _MOST:
        st.button(
            "Last", icon=":material/last_page:", key="batches.last beyond", disabled=True,
            help=f"Each batch is made by the DataLoader after all before it, and {_MOST} are kept "
            f"at most; this epoch has {found.total:,}. A larger batch size gives fewer.",
        )
    elif st.button("Last", icon=":material/last_page:", shortcut="End", key="batches.last",
                 help="Makes all batches of the epoch, and shows the last."):
        person.remember(_NUMBER, found.total - 1)
        if len(found.batches) < found.total:
            exploration.put("batches", str(found.total))
            exploration.redraw()
        st.rerun()  # the form is outside of this fragment
