"""What can be done with a sweep: stop it, go on with it, set up one like it, delete it.

The levers are drawn in a fragment, so each that was pulled has the whole page drawn anew.
"""

from collections.abc import Callable

import streamlit as st

from core.evaluation.experiment import TO_COME
from core.evaluation.sweep import CellOutcome
from core.messages import ThawError
from core.runs import sweep
from core.runs.export import disk_use
from core.runs.sweep import Sweep
from pages.state import person
from pages.state.language import say
from pages.widgets import sizes
from pages.widgets.plain import plain
from pages.widgets.sweep import choice, form


def show(shown: Sweep, outcomes: list[CellOutcome]) -> None:
    """Draws the levers that its standing allows."""
    to_come = [one for one in outcomes if one.standing in TO_COME]
    gone = [one for one in outcomes if one.standing in ("failed", "stopped", "missing")]
    with st.container(horizontal=True):
        if to_come and st.button(
            "Stop the sweep", icon=":material/stop_circle:", key="sweep.stop",
            help="What waits is taken out of the queue; what runs stops and keeps what it has. It "
            "can go on later.",
        ):
            _do(sweep.stop, shown)
        if gone:
            count = f"{len(gone)} run{'s' if len(gone) > 1 else ''}"
            if st.button(
                f"Go on: {count} missing", icon=":material/replay:", key="sweep.missing",
                type="secondary" if to_come else "primary",
                help="Runs that were stopped or failed go on from their newest checkpoint. Those "
                "without one, and those that were removed, begin anew. Nothing is deleted.",
            ):
                _do(_queue_missing, shown)
        if st.button(
            "Set up one like it", icon=":material/content_copy:", key="sweep.like",
            help="Its recipe and its fields, for a new sweep.",
        ):
            _do(_like, shown)
        _delete(shown, outcomes)


def _delete(shown: Sweep, outcomes: list[CellOutcome]) -> None:
    live = any(one.standing == "running" for one in outcomes)
    with st.popover("Delete", icon=":material/delete:"):
        if live:
            st.markdown("One of its runs is running: stop the sweep first.")
            return
        size = sizes.of_bytes(sum(disk_use(one.run) for one in shown.members))
        st.markdown(
            f"Deletes the sweep **{plain(shown.name)}** with all its {len(shown.members)} runs and "
            f"their checkpoints, {size} in all. Nothing brings it back."
        )
        if st.button("Delete for good", icon=":material/delete_forever:", key="sweep.delete",
                     width="stretch"):
            _do(_delete_now, shown)


def _do(change: Callable[[Sweep], object], shown: Sweep) -> None:
    """Changes something, or says why that can't be; then the whole page is drawn anew."""
    try:
        # Anew from the files: another browser may have been faster.
        change(sweep.find(shown.id))
    except ThawError as error:
        person.notify(plain(say(error)), "error")
    st.rerun()


def _queue_missing(shown: Sweep) -> None:
    count = sweep.queue_missing(shown)
    person.notify(f"{count} run{'s' if count > 1 else ''} queued.", "success")


def _like(shown: Sweep) -> None:
    form.fill(shown.spec, shown.recipe)
    choice.show_new()


def _delete_now(shown: Sweep) -> None:
    sweep.delete(shown)
    choice.show_new()
    person.notify(f"{plain(shown.name)} was deleted with its runs.", "success")
