"""Write your own: a collate function or a data set, checked batch by batch."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.data.typed_check import Checked, check
from core.data.typed_exercises import EXERCISES, Exercise, find_exercise
from core.messages import Problem, ThawError
from core.sandbox.policy import Access
from core.sandbox.run import prepare
from pages.state import person
from pages.state.language import say
from pages.widgets import notices
from pages.widgets.batches import own_code_editor, own_code_outcome
from pages.widgets.modules import own_architecture_access, own_architecture_answer


@dataclass(frozen=True)
class Attempt:
    """What a click brought: an answer, or why there is none.

    Attributes:
        code: That was checked.
        printed: What it printed before it failed.
    """

    code: str
    answer: Checked | None = None
    problem: Problem | None = None
    printed: str = ""


def show() -> None:
    """Draws it; where typed code is off, one sentence says why and who can switch it on."""
    access = own_architecture_access.of_this_visit()
    if access.box is None:
        notices.show(access.problem)
        return
    prepare(access.box)  # torch is imported there while someone types
    exercise = find_exercise(st.selectbox(
        "Exercise", [one.name for one in EXERCISES], key="own_code.exercise",
        format_func=lambda name: find_exercise(name).title, persist_state="session",
    ))
    solved = st.empty()
    st.markdown(exercise.task)
    left, right = st.columns([3, 2], gap="large")
    with left:
        code, clicked = own_code_editor.edit(exercise)
        st.caption(say(access.problem or Problem("sandbox.walls")))
    with right:
        own_code_editor.show_hints(exercise)
    if clicked:
        with st.spinner("Your code runs in its box…"):
            person.remember(_key(exercise), _attempt(exercise, code, access))
        prepare(access.box)  # so does the next click find it
    _show_attempt(exercise, code)
    if titles := [one.title for one in EXERCISES if _is_solved(one)]:
        count = f"{len(titles)} of {len(EXERCISES)}"
        solved.caption(f":material/check: Solved: {count} ({', '.join(titles)})")


def _is_solved(exercise: Exercise) -> bool:
    attempt = person.choice(_key(exercise))
    return isinstance(attempt, Attempt) and bool(attempt.answer) and attempt.answer.is_right


def _attempt(exercise: Exercise, code: str, access: Access) -> Attempt:
    try:
        answer = check(exercise, code, box=access.box)
        return Attempt(code, answer, printed=answer.printed)
    except ThawError as error:
        return Attempt(code, problem=error.problem, printed=getattr(error, "printed", ""))


def _show_attempt(exercise: Exercise, code: str) -> None:
    attempt = person.choice(_key(exercise))
    if not isinstance(attempt, Attempt):
        return
    if attempt.code != code:
        st.caption(":material/history: This is of what you had before: click Check again.")
    if attempt.problem:
        notices.show(attempt.problem, "error")
    if attempt.answer:
        own_code_outcome.show(attempt.answer)
    own_architecture_answer.show_printed(attempt.printed)
    with st.expander("The checked code with its line numbers", icon=":material/code:"):
        st.code(attempt.code, language="python", line_numbers=True)


def _key(exercise: Exercise) -> str:
    return f"own_code.attempt {exercise.name}"
