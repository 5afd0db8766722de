"""The whole queue: what waits, its order, the pause, and taking runs out of it."""

from collections.abc import Callable

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
    paused = queue.is_paused()
    title = f"The queue: {count}" + (", paused" if paused else "")
    with st.expander(title, icon=":material/playlist_play:"):
        st.markdown("\n".join(f"1. {plain(run.name)}" for run in waiting))
        names = {run.id: run.name for run in waiting}
        chosen = st.multiselect(
            "Move or take out", list(names), format_func=names.get, key="queue.chosen",
            placeholder="Choose runs",
        )
        _buttons(waiting, [run for run in waiting if run.id in chosen], paused)
        st.caption(_PAUSED_WORDS if paused else _WORDS)


_WORDS = (
    "A small process of its own starts them in this order, also while this page and the app are "
    "closed. If that process is killed, or the computer goes down, they wait until the app is "
    "opened again."
)
_PAUSED_WORDS = (
    "Paused: nothing more is started, also after a restart of the app or the computer, until you "
    "press “Continue”. A run under way goes on."
)


def _buttons(waiting: list[Run], chosen: list[Run], paused: bool) -> None:
    one = chosen[0] if len(chosen) == 1 else None
    at = waiting.index(one) + 1 if one else 0
    with st.container(horizontal=True):
        for label, icon, to in (
            ("To the front", "vertical_align_top", 1), ("Up", "arrow_upward", at - 1),
            ("Down", "arrow_downward", at + 1),
        ):
            st.button(
                label, icon=f":material/{icon}:", key=f"queue.move {label}", on_click=_move,
                args=(one, to), disabled=one is None or not 1 <= to <= len(waiting) or to == at,
                help="Choose one run above." if one is None else None,
            )
        st.button(
            "Remove from the queue", icon=":material/playlist_remove:", key="queue.remove",
            disabled=not chosen, on_click=_remove, args=(chosen,),
        )
        st.button(
            "Continue" if paused else "Pause the queue", key="queue.pause", on_click=_pause,
            args=(not paused,), icon=f":material/{'play_arrow' if paused else 'pause'}:",
        )


def _move(run: Run, to: int) -> None:
    _do(lambda: queue.move(run, to))


def _pause(pause: bool) -> None:
    if pause:
        _do(queue.pause)
    else:
        _do(queue.unpause)
        _do(queue.keep_going)


def _remove(runs: list[Run]) -> None:
    for run in runs:
        _do(lambda run=run: queue.remove(run))


def _do(change: Callable[[], None]) -> None:
    try:
        change()
    except ThawError as error:
        person.notify(plain(say(error)), "error")
