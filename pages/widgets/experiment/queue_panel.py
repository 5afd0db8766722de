"""The whole queue: what waits, its order, the pause, and taking runs out of it."""

import time
from collections.abc import Callable
from datetime import datetime

import streamlit as st

from core.messages import ThawError
from core.runs import expected, queue
from core.runs.expected import Expected
from core.runs.folder import Run
from pages.state import person
from pages.state.language import say
from pages.widgets.plain import plain


def show(waiting: list[Run]) -> None:
    """Draws what waits, the next one first; nothing where nothing waits or is paused."""
    paused = queue.is_paused()
    if not waiting and not paused:
        return
    count = {0: "nothing waits", 1: "1 run waits"}.get(len(waiting), f"{len(waiting)} runs wait")
    title = f"The queue: {count}" + (", paused" if paused else "")
    with st.expander(title, icon=":material/playlist_play:"):
        chosen = _list(waiting, paused) if waiting else []
        with st.container(horizontal=True):
            if waiting:
                _order_buttons(waiting, chosen)
            st.button(
                "Continue" if paused else "Pause the queue", key="queue.pause", on_click=_pause,
                args=(not paused,), icon=f":material/{'play_arrow' if paused else 'pause'}:",
            )
        st.caption(_PAUSED_WORDS if paused else _WORDS)


_WORDS = (
    "A small process of its own starts them in this order, also while this page and the app are "
    "closed. If that process is killed, or the computer goes down, they wait until the app is "
    "opened again. The times follow from the run under way and from earlier runs like these."
)
_PAUSED_WORDS = (
    "Paused: nothing more is started, also after a restart of the app or the computer, until you "
    "press “Continue”. A run under way goes on."
)


def _list(waiting: list[Run], paused: bool) -> list[Run]:
    """Draws the runs in their order; returns those that are chosen."""
    # A paused queue starts none of them until somebody decides so.
    times = [""] * len(waiting) if paused else map(_time_words, expected.of_queue(waiting))
    st.markdown("\n".join(
        f"1. {plain(run.name)}{words}" for run, words in zip(waiting, times, strict=True)
    ))
    names = {run.id: run.name for run in waiting}
    chosen = st.multiselect(
        "Move or take out", list(names), format_func=names.get, key="queue.chosen",
        placeholder="Choose runs",
    )
    return [run for run in waiting if run.id in chosen]


def _time_words(at: Expected) -> str:
    if at.start is None:
        return " – starts after the run before it"
    words = f" – starts in {expected.words(max(at.start - time.time(), 0.0))}"
    return words if at.end is None else f"{words}, ends near {_clock(at.end)}"


def _clock(at: float) -> str:
    there = datetime.fromtimestamp(at)
    return f"{there:%H:%M}" if there.date() == datetime.now().date() else f"{there:%d %b, %H:%M}"


def _order_buttons(waiting: list[Run], chosen: list[Run]) -> None:
    one = chosen[0] if len(chosen) == 1 else None
    at = waiting.index(one) + 1 if one else 0
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
