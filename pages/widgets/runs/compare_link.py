"""The link of a comparison, and what happens when one is opened."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

from core.evaluation import compare_view
from core.evaluation.compare_view import CompareView
from core.messages import Problem, ThawError
from pages.state import person, shared_view
from pages.widgets import notices
from pages.widgets.runs import compare_controls, selection

_SAID = "runs.link_said"  # what is wrong with the link, and the runs that were chosen by it


def open_link(known: Sequence[str]) -> None:
    """Chooses the runs that the address names and sets the controls as it says, once a session.

    What is wrong with the link is said for as long as nothing else was chosen.

    Args:
        known: Ids of all runs.
    """
    if (query := shared_view.take()) is not None:
        person.remember(_SAID, (_take(query, known), selection.chosen(known)))
    problem, chosen = person.choice(_SAID, (None, []))
    if problem and selection.chosen(known) == chosen:
        notices.show(problem, "warning")


def _take(query: Mapping[str, str], known: Sequence[str]) -> Problem | None:
    try:
        view = compare_view.from_query(query)
    except ThawError as error:
        return error.problem
    selection.choose([run_id for run_id in view.runs if run_id in known])
    compare_controls.hold(view)
    gone = [run_id for run_id in view.runs if run_id not in known]
    return Problem("compare.gone", {
        "count": "a run" if len(gone) == 1 else f"{len(gone)} runs",
        "are": "is" if len(gone) == 1 else "are", "ids": ", ".join(gone),
    }) if gone else None


def show(view: CompareView) -> None:
    """Draws the link of a view, ready to copy."""
    query = urlencode(compare_view.to_query(view), safe=",")
    st.code(f"{shared_view.page_address()}?{query}", language=None, wrap_lines=False)
    st.caption("This link opens the same view in any browser that reaches this Thaw.")
