"""The whole queue: what waits, in which order, and taking runs out of it."""

import streamlit as st

from core.messages import ThawError
from core.runs import queue
from core.runs.folder import Run
from pages.state import person
from pages.state.language import say
from pages.widgets.plain import plain


def show(waiting: list[Run]) -> None:
    """Draws what waits, the next one first; nothing where nothing waits."""
    if not waiting:
        return
    count = "1 run waits" if len(waiting) == 1 else f"{len(waiting)} runs wait"
    with st.expander(f"The queue: {count}", icon=":material/playlist_play:"):
        st.markdown("\n".join(f"1. {plain(run.name)}" for run in waiting))
        names = {run.id: run.name for run in waiting}
        chosen = st.multiselect(
            "Take out of the queue", list(names), format_func=names.get, key="queue.chosen",
            placeholder="Choose runs",
        )
        st.button(
            "Remove from the queue", icon=":material/playlist_remove:", key="queue.remove",
            disabled=not chosen, on_click=_remove,
            args=([run for run in waiting if run.id in chosen],),
        )
        st.caption(
            "A small process of its own starts them in this order, one at a time, also while this "
            "page and the app are closed. If that process is killed, or the computer goes down, "
            "they wait until the app is opened again."
        )


def _remove(runs: list[Run]) -> None:
    for run in runs:
        try:
            queue.remove(run)
        except ThawError as error:
            person.notify(plain(say(error)), "error")
