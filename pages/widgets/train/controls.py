"""Stop, resume and the log of a run."""

import streamlit as st

from core.messages import ThawError
from core.runs import supervisor
from core.runs.folder import Run
from core.runs.status import RunStatus
from pages.state import person
from pages.widgets.train import acted, open_stages_panel, resuming, watched


def show(run: Run, now: RunStatus) -> None:
    """Draws the levers that the run's status allows."""
    if now.status in ("starting", "running"):
        with st.popover("Stop training", icon=":material/stop_circle:"):
            st.button(
                "Stop and keep", icon=":material/save:", key=f"stop {run.id}",
                help="Ends after this step; the run can be resumed.",
                on_click=_act, args=(run, "keep"), width="stretch",
            )
            st.button(
                "Stop and discard", icon=":material/delete:", key=f"discard {run.id}",
                help="Ends after this step and deletes the run with its checkpoints.",
                on_click=_act, args=(run, "discard"), width="stretch",
            )
    if now.status == "stopping":
        st.button(
            "End at once", icon=":material/cancel:", key=f"kill {run.id}",
            help="Kills the process; what was saved stays.", on_click=_act, args=(run, "kill"),
        )
    if now.can_resume:
        resuming.show_button(run, resuming.in_the_way(run), f"resume {run.id}", _resume)
        open_stages_panel.show_button(run)
    if now.best and not now.is_live and st.button(
        "Evaluate, compare, try it", icon=":material/stacked_line_chart:", key=f"open {run.id}",
        help="The run on the Runs page: held-out images, own images, checkpoints.",
        type="primary" if now.status == "finished" else "secondary",
    ):
        person.choose_run(run.id)
        st.switch_page("pages/runs.py")
    if not now.is_live and now.status not in ("failed", "crashed"):
        opened = bool(person.choice(f"log {run.id}"))
        st.button(
            "Hide log" if opened else "Log", icon=":material/article:", type="tertiary",
            key=f"log button {run.id}", on_click=person.remember,
            args=(f"log {run.id}", not opened),
        )


def show_log(run: Run, *, open: bool) -> None:
    """Draws the end of what the worker printed."""
    with st.expander("Log of the training process", icon=":material/article:", expanded=open):
        st.code(run.log_tail() or "nothing was printed", language=None, height=260)
        st.caption(f"Whole file: {run.path / 'worker.log'}")


def _resume(run: Run, queued: bool) -> None:
    if resuming.go_on(run, queued):
        person.watch_run(run.id)


def _act(run: Run, what: str) -> None:
    acted.remember()
    try:
        if what == "kill":
            supervisor.kill(run)
        else:
            if what == "discard":
                watched.discards(run)
            supervisor.stop(run, discard=what == "discard")
    except ThawError as error:
        person.notify(error.problem, "error")
