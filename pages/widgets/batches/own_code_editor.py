"""The editor of an exercise: what is typed stays; hints step by step, and the solution."""

import streamlit as st

from core.data.typed_exercises import Exercise
from pages.state import person

_LINE_HEIGHT = 21
# Code is code in an input too.
_STYLE = """<style>.st-key-own_code_box textarea {
  font-family: "Source Code Pro", ui-monospace, monospace; font-size: 0.875rem; line-height: 1.5;
  white-space: pre; overflow-x: auto;
}</style>"""


def edit(exercise: Exercise) -> tuple[str, bool]:
    """Draws the editor and its buttons.

    Returns:
        The code, and whether it is to be checked.
    """
    st.html(_STYLE)
    height = _LINE_HEIGHT * (exercise.solution.count("\n") + 6)
    with st.container(key="own_code_box"):
        code = st.text_area(
            "Code", value=exercise.start, persist_state="session", height=max(320, height),
            key=f"own_code.code {exercise.name} {_begun(exercise)}",
        ) or ""
    with st.container(horizontal=True):
        clicked = st.button(
            "Check", type="primary", icon=":material/play_arrow:", key="own_code.check"
        )
        st.button(
            "Begin again", icon=":material/restart_alt:", key="own_code.again", type="tertiary",
            on_click=_begin_again, args=(exercise,), help="Puts back the code to begin with.",
        )
    return code, clicked


def show_hints(exercise: Exercise) -> None:
    """Draws the hints that were asked for, and the solution if it was."""
    key = f"own_code.hints {exercise.name}"
    shown = int(person.choice(key, 0))
    for number, hint in enumerate(exercise.hints[:shown], 1):
        st.markdown(f":material/lightbulb: **Hint {number}.** {hint}")
    left = len(exercise.hints) - shown
    if left:
        st.button(
            "A hint" if not shown else "Another hint", icon=":material/lightbulb:",
            key="own_code.hint", on_click=person.remember, args=(key, shown + 1),
            help=f"{left} of {len(exercise.hints)} are left.",
        )
    if st.toggle("Show the solution", key=f"own_code.solution {exercise.name}",
                 persist_state="session"):
        st.code(exercise.solution, language="python")


def _begun(exercise: Exercise) -> int:
    """How often it was begun: another number is another widget, with the code to begin with."""
    return int(person.choice(f"own_code.begun {exercise.name}", 0))


def _begin_again(exercise: Exercise) -> None:
    person.remember(f"own_code.begun {exercise.name}", _begun(exercise) + 1)
