"""The whole queue: what waits, its order, the pause, and taking runs out of it."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import streamlit as st

from core.messages import ThawError
from core.runs import device_slots, device_use, expected, going_on, queue
from core.runs.device_use import Need
from core.runs.expected import Expected
from core.runs.folder import Run
from core.runs.status import status
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
        needs = [device_use.need_of(run) for run in waiting]
        if device_use.is_choice(needs):
            st.markdown(_devices_words())
        chosen = _list(waiting, needs, paused) if waiting else []
        with st.container(horizontal=True):
            if waiting:
                _order_buttons(waiting, chosen)
            st.button(
                "Continue" if paused else "Pause the queue", key="queue.pause", on_click=_pause,
                args=(not paused,), icon=f":material/{'play_arrow' if paused else 'pause'}:",
            )
        in_turn = _IN_TURN if len(set(needs)) > 1 else _IN_ORDER
        st.caption(_PAUSED_WORDS if paused else in_turn + _WORDS)


_IN_ORDER = "A small process of its own starts them in this order, "
_IN_TURN = (
    "A small process of its own starts them in this order for each kind of device, when one is "
    "free, "
)
_WORDS = (
    "also while this page and the app are closed. If that process is killed, or the computer goes "
    "down, they wait until the app is opened again. The times follow from the runs under way and "
    "from earlier runs like these."
)
_PAUSED_WORDS = (
    "Paused: nothing more is started, also after a restart of the app or the computer, until you "
    "press “Continue”. What runs goes on."
)


def _devices_words() -> str:
    """A line of all devices, each with the runs on it."""
    under_way = device_use.held()
    words = []
    for slot, takes in Counter(device_slots.of_machine()).items():
        names = [plain(one.run.name) for one in under_way for held in one.slots if held == slot]
        free = takes - len(names)
        if free > 0:
            names.append(f"{free} free" if names else "free")
        words.append(f"**{device_slots.title(slot)}**: {', '.join(names)}")
    return " · ".join(words)


def _list(waiting: list[Run], needs: Sequence[Need], paused: bool) -> list[Run]:
    """Draws the runs in their order; returns those that are chosen."""
    # A paused queue starts none of them until somebody decides so.
    times = [None] * len(waiting) if paused else expected.of_queue(waiting)
    differ = len(set(needs)) > 1
    st.markdown("\n".join(
        f"1. {plain(run.name)}{_words(run, need if differ else None, at)}"
        for run, need, at in zip(waiting, needs, times, strict=True)
    ))
    names = {run.id: run.name for run in waiting}
    chosen = st.multiselect(
        "Move or take out", list(names), format_func=names.get, key="queue.chosen",
        placeholder="Choose runs",
    )
    return [run for run in waiting if run.id in chosen]


def _words(run: Run, need: Need | None, at: Expected | None) -> str:
    words = [f"goes on from epoch {status(run).epoch}"] if going_on.was_begun(run) else []
    if need:
        words.append(f"on {_device_words(need)}")
    if at is not None and at.start is None:
        words.append("starts when its device is free" if need else "starts after the run before it")
    elif at is not None:
        words.append(f"starts in {expected.words(max(at.start - time.time(), 0.0))}")
    if at is not None and at.end is not None:
        words.append(f"ends near {_clock(at.end)}")
    return f" – {', '.join(words)}" if words else ""


def _device_words(need: Need) -> str:
    slots = dict.fromkeys(device_slots.of_kind(need.kind))
    if need.count > 1:
        return f"{need.count} GPUs"
    return "a GPU" if len(slots) > 1 else device_slots.titles(slots)


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
