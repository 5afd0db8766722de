"""Deleting a run, in two steps."""

import streamlit as st

from core.messages import ThawError
from core.runs import supervisor
from core.runs.export import disk_use
from pages.state import person
from pages.state.language import say
from pages.widgets import sizes
from pages.widgets.plain import plain
from pages.widgets.runs import reading
from pages.widgets.runs.reading import SeenRun


def show(seen: SeenRun) -> None:
    """Draws the lever; only what opens behind it deletes."""
    with st.popover("Delete", icon=":material/delete:"):
        count = len(reading.checkpoints_of(seen.run))
        held = "1 checkpoint" if count == 1 else f"{count} checkpoints"
        st.markdown(
            f"Deletes **{plain(seen.name)}** with {held}, {sizes.of_bytes(disk_use(seen.run))} "
            "in all. Nothing brings it back."
        )
        st.button(
            "Delete for good", icon=":material/delete_forever:", key=f"runs.delete {seen.id}",
            on_click=_delete, args=(seen,), width="stretch",
        )


def _delete(seen: SeenRun) -> None:
    try:
        supervisor.delete(seen.run)
    except ThawError as error:
        person.notify(plain(say(error)), "error")
        return
    except reading.ODD:  # whether a process works on it can't be told
        person.notify(f"Delete this folder by hand: {plain(str(seen.run.path))}", "error")
        return
    person.notify(f"{plain(seen.name)} was deleted.", "success")
