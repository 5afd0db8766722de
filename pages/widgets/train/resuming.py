"""Letting a run go on from its checkpoint: at once, or in the queue where its device is busy."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.messages import ThawError
from core.runs import device_use, expected, going_on, queue, supervisor
from core.runs.changes import Changes
from core.runs.folder import Run
from core.runs.status import status
from pages.state import person
from pages.state.language import say
from pages.widgets.plain import plain
from pages.widgets.train import acted

_AT_ONCE = "Goes on from the newest checkpoint."
_LATER = (
    "It goes on from the newest checkpoint by itself when the runs before it have ended, also "
    "while the app is closed."
)


def in_the_way(run: Run) -> list[Run]:
    """The runs that it has to wait for; none if it can go on now."""
    try:
        return device_use.in_the_way(run.present_recipe(), run.path.parent)
    except ThawError:  # its recipe can't be read: who resumes it is told so
        return []


def show_button(
    run: Run, busy: Sequence[Run], key: str, on_click: Callable[[Run, bool], None]
) -> None:
    """Draws the button that resumes, or queues.

    Args:
        on_click: Takes the run, and whether the button said that it is queued.
    """
    st.button(
        "Queue to resume" if busy else "Resume", type="primary", key=key,
        icon=":material/playlist_add:" if busy else ":material/play_arrow:",
        help=_LATER if busy else _AT_ONCE, on_click=on_click, args=(run, bool(busy)),
    )


def tell(run: Run, busy: Sequence[Run]) -> None:
    """Draws what a run that can go on waits for, and when it would start; nothing if it can now."""
    if busy:
        names = " and ".join(f"**{plain(one.name)}**" for one in busy)
        verb = "is" if len(busy) == 1 else "are"
        st.caption(
            f"{names} {verb} training on its device. In the queue it waits for its turn, and goes "
            f"on from where it is by itself: {_start_words([*queue.waiting(), run])}"
        )


def show_waiting(run: Run) -> None:
    """Draws when a run that waits to go on does so, and the button that takes it out."""
    waiting = queue.waiting()
    if run not in waiting or not going_on.was_begun(run):  # a new one has nothing to keep
        return
    before = waiting[: waiting.index(run) + 1]
    st.caption(
        f"Waits in the queue, to go on from epoch {status(run).epoch}: {_start_words(before)}"
    )
    st.button(
        "Take out of the queue", icon=":material/playlist_remove:", key=f"unqueue {run.id}",
        on_click=_take_out, args=(run,), help="It keeps all that it has.",
    )


def go_on(run: Run, queued: bool, **changes: Any) -> bool:
    """Resumes a run, or queues it; why that can't be is told, and False returned.

    Args:
        queued: As the button said when it was pressed.
        changes: As `supervisor.resume` takes them.
    """
    acted.remember()
    try:
        if queued:
            queue.add([queue.GoOn(run, Changes(**changes))])
            queue.keep_going()
        else:
            supervisor.resume(run, **changes)
    except ThawError as error:
        person.notify(plain(say(error)), "error")
        return False
    if queued:
        person.notify(
            f"{plain(run.name)} waits in the queue: {_start_words(queue.waiting())} The Runs page "
            "has the queue.", "warning" if queue.is_paused() else "success",
        )
    return True


def _start_words(waiting: Sequence[Run]) -> str:
    """When the last of these starts, as far as earlier runs tell it."""
    if queue.is_paused():
        return "the queue is paused, until somebody presses “Continue” in it on the Runs page."
    if not waiting:  # its device was free by now
        return "it starts now."
    start = expected.of_queue(waiting)[-1].start
    if start is None:
        return "it starts as soon as its device is free; how long that takes is not known."
    return f"it is expected to start in {expected.words(max(start - time.time(), 0.0))}."


def _take_out(run: Run) -> None:
    acted.remember()
    try:
        queue.remove(run)
    except ThawError as error:
        person.notify(plain(say(error)), "error")
