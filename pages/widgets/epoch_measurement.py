"""An epoch measured for this person, on whatever page: the button, the progress, the answer."""

import streamlit as st

from core.recipe import Recipe
from core.training import epoch_time_process
from core.training.epoch_time_process import EpochTime
from core.training.measuring import Look
from pages.widgets import field_words
from pages.widgets.asked import Asked, Question
from pages.widgets.plain import plain

_QUESTION = Question("epoch_time", epoch_time_process, "epoch_time")
_PHASES = {
    "starting": (0.05, "Starting: importing PyTorch takes some seconds"),
    "preparing": (0.25, "Loading data and model"),
    "warming_up": (0.5, "First steps, which are slower and do not count"),
    "training": (0.65, "Training some steps"),
    "validation": (0.85, "Validating, saving"),
}


def known() -> tuple[Recipe, EpochTime] | None:
    """What this person measured last, and for which recipe."""
    last = _QUESTION.asked()
    return (last.recipe, last.answer) if last and last.answer else None


def show_button(recipe: Recipe, first: str, again: str, *, key: str, disabled: bool) -> None:
    """Draws the button that begins to measure.

    Args:
        first: Its label while nothing was measured.
        again: Its label after that.
    """
    _QUESTION.find_again(recipe)
    last = _QUESTION.asked()
    st.button(
        again if last else first, icon=":material/timer:", key=key, on_click=_QUESTION.ask,
        args=(recipe,), disabled=disabled or bool(last and last.is_going),
        help="A process of its own loads the data and the model of this recipe and really makes "
        "some steps; what they changed is thrown away. It takes about half a minute.",
    )


def answered(*, key: str) -> Asked | None:
    """Draws how far a measurement is, or why there is none; returns one that has its answer."""
    return _QUESTION.answered(_progress, "Stop measuring", key=f"{key}.stop")


def changed(last: Asked, recipe: Recipe) -> tuple[str, ...]:
    """Fields of a recipe for which the answer is out of date."""
    return _QUESTION.stale(last, recipe)


def whose_memory(answer: EpochTime) -> str:
    """What holds the memory that was measured: the device, or one of several processes on it."""
    if answer.processes == 1:
        return answer.device
    return f"each of {answer.processes} processes, {answer.device}"


def show_stale(last: Asked, changed: tuple[str, ...], recipe: Recipe) -> None:
    """Draws that the answer is out of date, and what changed since."""
    if changed:
        st.warning(
            f"**Out of date:** measured before these changed: {_changes(last, changed, recipe)}. "
            "Measure again.", icon=":material/history:",
        )


def _progress(now: Look) -> None:
    share, words = _PHASES[now.phase]
    st.progress(share, text=words)


def _changes(last: Asked, changed: tuple[str, ...], recipe: Recipe) -> str:
    return ", ".join(
        f"{field_words.label(field)} {_value(last.recipe, field)} → {_value(recipe, field)}"
        if field != "freeze.exceptions" else "the exceptions"
        for field in changed
    )


def _value(recipe: Recipe, field: str) -> str:
    found: object = recipe
    for name in field.split("."):
        found = getattr(found, name)
    return plain(field_words.choice(found))
