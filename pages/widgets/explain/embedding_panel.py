"""Where images lie in what a model makes of them: before the run, after it, in another run."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.messages import ThawError
from pages.state.language import say
from pages.widgets import notices, torch_ready
from pages.widgets.explain import embedding_choice, embedding_view, jobs, progress
from pages.widgets.explain.embedding_choice import LaidOut, Wanted
from pages.widgets.explain.jobs import Job
from pages.widgets.plain import plain
from pages.widgets.runs.reading import ODD, SeenRun


def show(seen: SeenRun) -> None:
    """Draws the choices, the button that begins, and the pictures when they are there.

    Args:
        seen: With settings and at least one checkpoint.
    """
    try:
        _show(seen)
    except ThawError as error:
        notices.show(error, "error")


def _show(seen: SeenRun) -> None:
    wanted = embedding_choice.edit(seen)
    found = [jobs.find(one.key) for one in wanted]
    if any(job is None for job in found):
        _offer(seen, wanted, found)
    elif not all(job.is_done for job in found):
        progress.follow({one.title: one.key for one in wanted}, lambda: None)
    else:
        torch_ready.load()  # the thread imported it
        laid_out: list[LaidOut] = []
        for one, job in zip(wanted, found, strict=True):
            if job.problem:
                _show_problem(one, job)
            else:
                laid_out.append(_laid_out(one, job))
        if laid_out:
            embedding_view.show(seen, wanted[0], laid_out)


def _laid_out(one: Wanted, job: Job) -> LaidOut:
    title = one.title if one.is_start else f"{one.title}, epoch {job.result.epoch}"
    return LaidOut(title, one.about, job.result)


def _offer(seen: SeenRun, wanted: Sequence[Wanted], found: Sequence[Job | None]) -> None:
    """Draws the button and what it costs."""
    left = [one for one, job in zip(wanted, found, strict=True) if job is None or job.problem]
    if st.button("Lay out the images", icon=":material/scatter_plot:", type="primary",
                 key=f"explain.embedding begin {seen.id}"):
        jobs.begin({one.key: one.work for one in left})
        st.rerun()
    try:
        here = min(int(seen.now.state["samples"][wanted[0].split]), wanted[0].most)
        images = f"{here:,} images"
    except ODD:
        images = f"up to {wanted[0].most:,} images"
    models = "one model" if len(left) == 1 else f"{len(left)} models"
    st.caption(
        f"Runs {images} through {models}, without training: seconds for a small model, minutes "
        "for a large one on a CPU. The time left is told when the first batch is through; it "
        "goes on when you leave this page, and is kept."
    )


def _show_problem(one: Wanted, job: Job) -> None:
    said = job.problem if isinstance(job.problem, str) else plain(say(job.problem))
    notices.show(f"{plain(one.title)}: {said}", "error")
    if st.button("Try again", icon=":material/refresh:", key=f"explain.embedding again {one.key}"):
        jobs.begin({one.key: one.work})
        st.rerun()
