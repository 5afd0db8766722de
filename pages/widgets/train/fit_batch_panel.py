"""After a run that had too little memory: the batch size that fits, and going on with it."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.messages import Problem, ThawError
from core.runs.folder import Run
from core.runs.status import RunStatus
from core.training import fitting_batch, measurements
from core.training.fitting_batch import Fitting
from pages.state import person
from pages.widgets import notices
from pages.widgets.train import resuming

_EVERY = "0.5s"
_MEMORY = ("training.out_of_memory", "training.nothing_fits", "runs.crashed_memory")


@dataclass(frozen=True)
class _Kept:
    """What this person asked for, for one attempt of a run.

    Attributes:
        place: Of the search while it goes on.
    """

    attempt: int
    place: Path | None = None
    answer: Fitting | None = None
    problem: Problem | None = None


def is_wanted(now: RunStatus) -> bool:
    """Whether a run ended for lack of memory."""
    return now.can_resume and now.problem is not None and now.problem.id in _MEMORY


def show(run: Run) -> None:
    """Draws the button, how far the search is, or what fits."""
    kept: _Kept | None = person.choice(_name(run))
    if kept and kept.attempt != max(run.attempts(), default=0):
        kept = None  # found for an attempt of before
    kept = kept or _found_again(run)
    with st.container(border=True):
        if kept and kept.place:
            st.fragment(_follow, run_every=_EVERY)(run, kept)
            return
        if kept and kept.problem:
            notices.show(kept.problem, "error")
        if kept and kept.answer:
            _offer(run, kept.answer)
            return
        st.button(
            "Find the batch size that fits", icon=":material/troubleshoot:", type="primary",
            key=f"find batch {run.id}", on_click=_start, args=(run,),
            help="Tries smaller batches by real steps, each in a process of its own with clean "
            "memory. It takes a minute or more.",
        )


def _offer(run: Run, found: Fitting) -> None:
    if found.batch_size == found.asked:
        st.markdown(f"**Batches of {found.asked} fit by now**: the memory is free again. Resume.")
        return
    st.markdown(f"**Batches of {found.batch_size} fit** (batches of {found.asked} do not).")
    busy = bool(resuming.in_the_way(run))
    with st.container(horizontal=True):
        st.button(
            f"Go on with {found.batch_size}", icon=":material/play_arrow:", type="primary",
            key=f"go on smaller {run.id}", on_click=_go_on,
            args=(run, busy, found.batch_size, None),
            help="The run goes on from its newest checkpoint, in the middle of an epoch from the "
            "very sample. Its curve will be another one than with the larger batches.",
        )
        if found.parts:
            st.button(
                f"Go on with {found.asked} in {found.parts} parts", icon=":material/view_week:",
                key=f"go on in parts {run.id}", on_click=_go_on,
                args=(run, busy, None, found.parts),
                help="Each batch is computed in parts, one after another, and then makes one "
                "step. The curve stays that of the whole batch, but for BatchNorm that trains: it "
                "averages over a part.",
            )
    tried = ", ".join(
        f"{one.batch_size}{f' in {one.parts} parts' if one.parts > 1 else ''} "
        f"{'fits' if one.fits else 'does not fit'}" for one in found.tries
    )
    st.caption(f"Tried by real steps: {tried}.")


def _follow(run: Run, kept: _Kept) -> None:
    with notices.guarded():
        now = fitting_batch.look(kept.place)
        if now.problem and not kept.place.exists():  # stopped in another tab
            person.remember(_name(run), None)
            st.rerun()
        if now.is_done:
            measurements.end_was_seen(kept.place)
            _remember(run, answer=now.answer, problem=now.problem)
            st.rerun()
        text = {
            "starting": "Starting",
            "trying": f"Trying batches of {now.now}",
            "parts": f"Trying the whole batch in {now.now} parts",
        }[now.phase]
        st.progress({"starting": 0.05, "trying": 0.5, "parts": 0.9}[now.phase], text=text)
        st.button("Stop searching", icon=":material/stop_circle:", type="tertiary",
                  key=f"stop finding batch {run.id}", on_click=_stop, args=(run, kept))


def _found_again(run: Run) -> _Kept | None:
    """A search for this run that began before this page was loaded, or in another tab."""
    found = measurements.unseen("fitting_batch")
    if found is None or found.recipe != run.present_recipe():
        return None
    _remember(run, place=found.place)
    return person.choice(_name(run))


def _start(run: Run) -> None:
    try:
        _remember(run, place=fitting_batch.start(run.present_recipe()))
    except ThawError as error:
        _remember(run, problem=error.problem)


def _stop(run: Run, kept: _Kept) -> None:
    fitting_batch.forget(kept.place)
    person.remember(_name(run), None)


def _go_on(run: Run, queued: bool, batch_size: int | None, parts: int | None) -> None:
    if resuming.go_on(run, queued, batch_size=batch_size, parts=parts):
        person.watch_run(run.id)


def _remember(run: Run, **found: object) -> None:
    person.remember(_name(run), _Kept(max(run.attempts(), default=0), **found))


def _name(run: Run) -> str:
    return f"fitting batch of {run.id}"
