"""How far jobs are, twice a second, until all of them are done."""

from collections.abc import Callable, Hashable, Mapping

import streamlit as st

from pages.widgets import notices
from pages.widgets.explain import jobs
from pages.widgets.explain.jobs import Job
from pages.widgets.plain import plain
from pages.widgets.train import words

_EVERY = "0.5s"
_DRAWN = 6  # at once: they are worked off one after another


def follow(
    keys: Mapping[str, Hashable], on_stop: Callable[[], None], of: str = "images"
) -> None:
    """Draws how far these jobs are, and the button that ends them; reruns the page at the end.

    Args:
        keys: Of each job by what it is called.
        on_stop: Called when a person ends them, beside that.
        of: What they count.
    """
    st.fragment(_follow, run_every=_EVERY)(keys, on_stop, of)


def _follow(keys: Mapping[str, Hashable], on_stop: Callable[[], None], of: str) -> None:
    with notices.guarded():
        found = {title: jobs.find(key) for title, key in keys.items()}
        going = {title: job for title, job in found.items() if job and not job.is_done}
        if not going:
            st.rerun()
        for title, job in list(going.items())[:_DRAWN]:
            share = job.done / job.all if job.all else 0.0
            st.progress(share, f"{plain(title)}: {_words(job, of)}")
        if len(going) > _DRAWN:
            st.caption(f"{len(going) - _DRAWN} more wait.")
        st.button("Stop", icon=":material/stop_circle:", type="tertiary",
                  key=f"explain.jobs stop {hash(tuple(keys.values()))}",
                  on_click=_stop, args=(list(keys.values()), on_stop))


def _stop(keys: list[Hashable], on_stop: Callable[[], None]) -> None:
    jobs.stop(keys)
    on_stop()


def _words(job: Job, of: str) -> str:
    if job.began is None:
        return "waits"
    if not job.done:
        return f"{words.duration(job.seconds)} so far"
    if job.done == job.all:
        return f"all {job.all:,} {of} are through, a moment more"
    left = words.duration(job.seconds_left or 0)
    return f"{job.done:,} of {job.all:,} {of}, about {left} left"
