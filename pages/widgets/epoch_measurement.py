"""An epoch measured for this person, on whatever page: the button, the progress, the answer."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.messages import Problem, ThawError
from core.recipe import Recipe
from core.training import epoch_time_process
from core.training.epoch_time_process import EpochTime, Measurement
from pages.state import person
from pages.widgets import field_words, notices
from pages.widgets.plain import plain

_KEPT = "epoch_time"
_EVERY = "0.5s"
_PHASES = {
    "starting": (0.05, "Starting: importing PyTorch takes some seconds"),
    "preparing": (0.25, "Loading data and model"),
    "warming_up": (0.5, "First steps, which are slower and do not count"),
    "training": (0.65, "Training some steps"),
    "validation": (0.85, "Validating, saving"),
}


@dataclass(frozen=True)
class Kept:
    """What this person asked for last.

    Attributes:
        recipe: That it was, or is being, measured for.
        place: Of the measurement while it goes on.
        answer: When there is one.
        problem: Why there is none.
    """

    recipe: Recipe
    place: Path | None = None
    answer: EpochTime | None = None
    problem: Problem | None = None

    @property
    def is_measuring(self) -> bool:
        """Whether it still goes on."""
        return self.place is not None

    def changed(self, recipe: Recipe) -> tuple[str, ...]:
        """Fields of a recipe for which the answer is out of date."""
        return epoch_time_process.what_changed(self.recipe, recipe)


def kept() -> Kept | None:
    """What this person measured last, or is measuring."""
    return person.choice(_KEPT)


def known() -> tuple[Recipe, EpochTime] | None:
    """What this person measured last, and for which recipe."""
    last = kept()
    return (last.recipe, last.answer) if last and last.answer else None


def show_button(recipe: Recipe, first: str, again: str, *, key: str, disabled: bool) -> None:
    """Draws the button that begins to measure.

    Args:
        first: Its label while nothing was measured.
        again: Its label after that.
    """
    last = kept()
    st.button(
        again if last else first, icon=":material/timer:", key=key, on_click=_start,
        args=(recipe,), disabled=disabled or bool(last and last.is_measuring),
        help="A process of its own loads the data and the model of this recipe and really makes "
        "some steps; what they changed is thrown away. It takes about half a minute.",
    )


def answered(*, key: str) -> Kept | None:
    """Draws how far a measurement is, or why there is none; returns one that has its answer."""
    last = kept()
    if last and last.is_measuring:
        st.fragment(_follow, run_every=_EVERY)(last, key)
    elif last and last.problem:
        notices.show(last.problem, "error")
    return last if last and last.answer else None


def show_stale(last: Kept, changed: tuple[str, ...], recipe: Recipe) -> None:
    """Draws that the answer is out of date, and what changed since."""
    if changed:
        st.warning(
            f"**Out of date:** measured before these changed: {_changes(last, changed, recipe)}. "
            "Measure again.", icon=":material/history:",
        )


def _start(recipe: Recipe) -> None:
    from core.models.memory import refuse_if_too_big

    try:
        refuse_if_too_big(recipe)
        person.remember(_KEPT, Kept(recipe, place=epoch_time_process.start(recipe)))
    except ThawError as error:
        person.remember(_KEPT, Kept(recipe, problem=error.problem))


def _follow(last: Kept, key: str) -> None:
    with notices.guarded():
        now = epoch_time_process.look(last.place)
        if now.is_done:
            _take(last, now)
            st.rerun()
        share, words = _PHASES[now.phase]
        st.progress(share, text=words)
        st.button("Stop measuring", icon=":material/stop_circle:", type="tertiary",
                  key=f"{key}.stop", on_click=_stop, args=(last,))


def _take(last: Kept, now: Measurement) -> None:
    epoch_time_process.forget(last.place)
    person.remember(_KEPT, Kept(last.recipe, answer=now.answer, problem=now.problem))


def _stop(last: Kept) -> None:
    epoch_time_process.forget(last.place)
    person.remember(_KEPT, None)


def _changes(last: Kept, changed: tuple[str, ...], recipe: Recipe) -> str:
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
