"""What can be done with an experiment: queue what is missing, see its runs, delete it."""

import streamlit as st

from core.evaluation.experiment import Outcome
from core.messages import ThawError
from core.runs import experiment, queue
from core.runs.experiment import Experiment
from core.runs.export import disk_use
from pages.state import draft, person
from pages.state.language import say
from pages.widgets import sizes
from pages.widgets.experiment import choice
from pages.widgets.plain import plain


def show(shown: Experiment, outcomes: list[Outcome]) -> None:
    """Draws the levers that its standing allows."""
    waiting = [one for one in outcomes if one.standing == "waiting"]
    gone = [one for one in outcomes if one.standing in ("failed", "stopped", "missing")]
    with st.container(horizontal=True):
        if waiting:
            _remove_all(waiting)
        if gone:
            st.button(
                f"Queue again what is missing ({len(gone)})", icon=":material/replay:",
                key="experiment.missing", on_click=_queue_missing, args=(shown,),
                help="Runs that were stopped or failed go on from their newest checkpoint. Those "
                "without one, and those that were removed, begin anew. Nothing is deleted.",
            )
        if st.button("See its runs", icon=":material/stacked_line_chart:", key="experiment.runs",
                     help="The Runs page: its table has a column for the experiment."):
            st.switch_page("pages/runs.py")
        if st.button(
            "Use its recipe", icon=":material/content_copy:", key="experiment.use",
            help="Sets everything as it was, for a new experiment.",
        ):
            _use(shown)
            st.rerun()  # as a whole: this part of the page is drawn by itself
        _delete(shown, outcomes)


def _remove_all(waiting: list[Outcome]) -> None:
    with st.popover(f"Remove all that wait ({len(waiting)})", icon=":material/playlist_remove:"):
        st.markdown(
            "Takes what waits of this experiment out of the queue. The run under way goes on. "
            "They can be queued again while a run of the experiment is left."
        )
        st.button("Remove them", icon=":material/delete:", key="experiment.remove_all",
                  on_click=queue.remove_all, args=([one.run for one in waiting],),
                  width="stretch")


def _delete(shown: Experiment, outcomes: list[Outcome]) -> None:
    live = any(one.standing == "running" for one in outcomes)
    with st.popover("Delete", icon=":material/delete:"):
        if live:
            st.markdown("One of its runs is running: stop it first.")
            return
        size = sizes.of_bytes(sum(disk_use(one.run) for one in shown.members))
        st.markdown(
            f"Deletes the experiment **{plain(shown.name)}** with all its {len(shown.members)} "
            f"runs and their checkpoints, {size} in all. Nothing brings it back."
        )
        st.button("Delete for good", icon=":material/delete_forever:", key="experiment.delete",
                  on_click=_delete_now, args=(shown,), width="stretch")


def _queue_missing(shown: Experiment) -> None:
    try:
        count = experiment.queue_missing(shown)
    except ThawError as error:
        person.notify(plain(say(error)), "error")
        return
    person.notify(f"{count} run{'s' if count > 1 else ''} queued.", "success")


def _use(shown: Experiment) -> None:
    draft.replace(shown.recipe)
    choice.show_new()


def _delete_now(shown: Experiment) -> None:
    try:
        experiment.delete(shown)
    except ThawError as error:
        person.notify(plain(say(error)), "error")
        return
    choice.show_new()
    person.notify(f"{plain(shown.name)} was deleted with its runs.", "success")
