"""A user's own architecture: typed, run in a box, summarised."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.messages import Problem, ThawError
from core.models.own_architecture import OwnArchitecture, summarize_own
from core.models.own_architecture_given import Code, read_file, read_inputs, split_path
from core.sandbox.policy import Access
from core.sandbox.run import prepare
from core.sandbox.spare import Box
from pages.state import person
from pages.state.language import say
from pages.widgets import notices, torch_ready
from pages.widgets.modules import (
    own_architecture_access,
    own_architecture_answer,
    own_architecture_form,
)
from pages.widgets.modules.own_architecture_form import Asked

_OUTCOME = "own.outcome"


@dataclass(frozen=True)
class Outcome:
    """What a click brought: an answer, or why there is none.

    Attributes:
        printed: What the code printed before it failed.
    """

    asked: Asked
    answer: OwnArchitecture | None = None
    problem: Problem | None = None
    printed: str = ""


def show() -> None:
    """Draws it; where typed code is off, one sentence says why and who can switch it on."""
    access = own_architecture_access.of_this_visit()
    if access.box is None:
        notices.show(access.problem)
        return
    st.markdown(
        "Paste a class that is an `nn.Module`, or a whole model in a variable, and see it as the "
        "Models page shows torchvision's."
    )
    st.caption(say(access.problem or Problem("sandbox.walls")))
    prepare(access.box)  # torch is imported there while someone types
    _show_bench(access)


@st.fragment
def _show_bench(access: Access) -> None:
    """A fragment: typing draws this again and not the page."""
    with notices.guarded():
        asked, clicked = own_architecture_form.edit(with_files=not access.shared)
        if clicked:
            with st.spinner("Your code runs in its box…"):
                outcome = _outcome(asked, access)
            person.remember(_OUTCOME, outcome)
            prepare(access.box)  # so does the next click find it
            if outcome.problem and outcome.problem.id == "architecture.which":
                own_architecture_form.offer_names(str(outcome.problem.values["names"]).split(", "))
                st.rerun()  # the form above offers them
        _show_outcome(asked)


def _show_outcome(asked: Asked) -> None:
    outcome = person.choice(_OUTCOME)
    if not isinstance(outcome, Outcome):
        return
    if outcome.asked != asked:
        st.caption(":material/history: This is of what you had before: click Summarise again.")
    if outcome.problem:
        notices.show(outcome.problem, "error")
        own_architecture_answer.show_printed(outcome.printed)
    if outcome.answer:
        own_architecture_answer.show(outcome.answer)


def _outcome(asked: Asked, access: Access) -> Outcome:
    try:
        return Outcome(asked, answer=_summarised(asked, access.box, shared=access.shared))
    except ThawError as error:
        return Outcome(asked, problem=error.problem, printed=getattr(error, "printed", ""))


def _summarised(asked: Asked, box: Box, *, shared: bool) -> OwnArchitecture:
    code, name = Code(asked.code), asked.name
    if asked.path:
        if shared:
            raise ThawError("sandbox.no_path")
        path, named = split_path(asked.path)
        code, name = read_file(path), named or name
    torch_ready.load()
    return summarize_own(
        code, read_inputs(asked.inputs), name=name, arguments=asked.arguments, box=box
    )
