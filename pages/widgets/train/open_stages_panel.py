"""Opening stages of a run that has stopped, and going on with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.messages import ThawError
from core.runs.folder import Run
from pages.state import person
from pages.widgets import notices, torch_ready
from pages.widgets.train import group_table, resuming

if TYPE_CHECKING:  # importing it loads torch
    from core.training.open_stages import OpenStages


def show_button(run: Run) -> None:
    """Draws the button that opens and closes the panel."""
    opened = is_open(run)
    st.button(
        "Leave the stages closed" if opened else "Open a stage", icon=":material/lock_open:",
        key=f"open stages {run.id}", on_click=person.remember,
        args=(_asked(run), not opened),
        help="Lets frozen stages train from here on: the run goes on with more of its model.",
    )


def is_open(run: Run) -> bool:
    """Whether this person wants to see the panel."""
    return bool(person.choice(_asked(run)))


def show(run: Run) -> None:
    """Draws what can be opened, what that changes in the optimiser, and the button to go on."""
    with st.container(border=True):
        st.markdown("##### Open stages and go on")
        try:
            now = _found(str(run.path), max(run.attempts(), default=0), _stamp(run))
        except ThawError as error:
            notices.show(error, "error")
            return
        names = [stage.name for stage in now.closed]
        if not names:
            st.markdown("Every stage trains already: there is nothing left to open.")
            return
        chosen = st.multiselect(
            "Stages to open, the one nearest to the head first", names, default=names[:1],
            key=f"stages to open {run.id} {now.epoch}", persist_state="session",
        )
        if chosen:
            st.caption(
                f"From epoch {now.epoch} on they train too. The optimizer gets a group for each; "
                "what the other groups remember (momentum) stays."
            )
            group_table.show(now.groups, now.groups_with(chosen), f"groups after {run.id}")
        busy = bool(resuming.in_the_way(run))
        st.button(
            "Open and queue" if busy else "Open and resume", type="primary",
            icon=":material/playlist_add:" if busy else ":material/play_arrow:",
            key=f"open and resume {run.id}", disabled=not chosen, on_click=_resume,
            args=(run, chosen, busy),
        )


def _resume(run: Run, stages: Sequence[str], queued: bool) -> None:
    if resuming.go_on(run, queued, unfreeze=stages):
        person.remember(_asked(run), False)
        person.watch_run(run.id)


def _asked(run: Run) -> str:
    return f"open stages of {run.id}"


def _stamp(run: Run) -> int:
    """Another one whenever the run has moved on."""
    try:
        return (run.path / "state.json").stat().st_mtime_ns
    except OSError:
        return 0


@st.cache_data(max_entries=16, show_spinner="Looking at the stages…")
def _found(path: str, attempt: int, stamp: int) -> OpenStages:
    torch_ready.load()
    from core.training.open_stages import open_stages

    return open_stages(Run(Path(path)))
