"""What can be done with a run: watch or resume it, use its settings, take it home, delete it."""

import streamlit as st

from core.runs.folder import Run
from pages.state import draft, person
from pages.widgets import torch_ready
from pages.widgets.plain import plain
from pages.widgets.runs import delete, reading
from pages.widgets.runs.reading import SeenRun
from pages.widgets.train import open_stages_panel, resuming

_RESUMED = "runs.resumed"


def show(seen: SeenRun) -> None:
    """Draws the levers that the run's status allows, the one that is wanted most first."""
    if person.choice(_RESUMED) == seen.id:
        person.remember(_RESUMED, None)
        _watch(seen.run)
    can_resume = bool(seen.now and seen.now.can_resume and seen.recipe)
    busy = resuming.in_the_way(seen.run) if can_resume else []
    with st.container(horizontal=True):
        if seen.is_live and st.button(
            "Watch it", type="primary", icon=":material/show_chart:", key=f"runs.watch {seen.id}"
        ):
            _watch(seen.run)
        if can_resume:
            resuming.show_button(seen.run, busy, f"runs.resume {seen.id}", _resume)
            open_stages_panel.show_button(seen.run)
        if seen.recipe:
            if st.button(
                "Use these settings", icon=":material/content_copy:", key=f"runs.use {seen.id}",
                help="Sets everything as this run had it, to change something and train again.",
            ):
                _use(seen)
            st.download_button(
                "Save recipe", seen.recipe.to_json, file_name=f"{seen.id}.json",
                mime="application/json", icon=":material/download:", on_click="ignore",
                key=f"runs.recipe {seen.id}",
            )
            st.download_button(
                "Report", lambda: _report(seen.run), file_name=f"{seen.id}.html",
                mime="text/html", icon=":material/lab_profile:", on_click="ignore",
                key=f"runs.report {seen.id}",
                help="Recipe, curves, metrics, confusion matrix, images, environment and code in "
                "one file that opens anywhere. The held-out images are judged for it: that takes "
                "some seconds.",
            )
            if st.button(
                "Code", icon=":material/code:", key=f"runs.code {seen.id}",
                help="The run as one PyTorch script without Thaw.",
            ):
                person.remember("code.source", seen.id)
                st.switch_page("pages/code.py")
            if reading.checkpoints_of(seen.run) and st.button(
                "Explain", icon=":material/visibility:", key=f"runs.explain {seen.id}",
                help="Where its model looks, and how that changed.",
            ):
                person.choose_run(seen.id)
                person.remember("explain.asked", None)  # also where it was asked for before
                st.switch_page("pages/explain.py")
        delete.show(seen)
    resuming.tell(seen.run, busy)
    if seen.now and seen.now.status == "queued":
        resuming.show_waiting(seen.run)
    if can_resume and open_stages_panel.is_open(seen.run):
        open_stages_panel.show(seen.run)


def _report(run: Run) -> str:
    torch_ready.load()
    from core.report import report_of

    return report_of(run)


def _watch(run: Run) -> None:
    person.watch_run(run.id)
    st.switch_page("pages/train.py")


def _resume(run: Run, queued: bool) -> None:
    if resuming.go_on(run, queued) and not queued:
        person.remember(_RESUMED, run.id)


def _use(seen: SeenRun) -> None:
    draft.replace(seen.recipe)
    person.notify(
        f"Everything is set as in “{plain(seen.name)}”: change what you want to know about, "
        "then start.", "success",
    )
    st.switch_page("pages/train.py")
