"""What a person asks a process of its own about a recipe: begun, followed, stopped, remembered."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import streamlit as st

from core.messages import Problem, ThawError
from core.recipe import Recipe
from core.training import measurements
from pages.state import person
from pages.widgets import field_words, notices

_EVERY = "0.5s"


class Look(Protocol):
    """How far it is."""

    is_done: bool
    answer: Any
    problem: Problem | None


class Process(Protocol):
    """The module that answers: of `core.training.measuring`."""

    def start(self, recipe: Recipe) -> Path: ...
    def look(self, place: Path) -> Look: ...
    def forget(self, place: Path) -> None: ...
    def what_changed(self, measured: Recipe, recipe: Recipe) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Asked:
    """What this person asked last.

    Attributes:
        recipe: That it is asked of.
        place: Of the process while it goes on.
        answer: When there is one.
        problem: Why there is none.
        is_found: Whether another session began it: this tab before a reload, or another one.
    """

    recipe: Recipe
    place: Path | None = None
    answer: Any = None
    problem: Problem | None = None
    is_found: bool = False

    @property
    def is_going(self) -> bool:
        """Whether the process still works."""
        return self.place is not None


@dataclass(frozen=True)
class Question:
    """Something that can be asked of any recipe, one at a time for each person.

    Attributes:
        name: Under which the session remembers it.
        process: The module that answers it.
        kind: Of the measurement, as `measuring.start` is told it.
    """

    name: str
    process: Process
    kind: str

    def asked(self) -> Asked | None:
        """What was asked last."""
        return person.choice(self.name)

    def find_again(self, recipe: Recipe) -> bool:
        """Takes up what was asked before this session, if its end was not seen by anybody.

        One that goes on disturbs whatever else is begun, so it is shown with any recipe; an answer
        only with the recipe that it is of.

        Returns:
            Whether something was found now.
        """
        if self.asked() or not (found := measurements.unseen(self.kind)):
            return False
        if not found.is_going and self.process.what_changed(found.recipe, recipe):
            return False
        person.remember(self.name, Asked(found.recipe, place=found.place, is_found=True))
        return True

    def ask(self, recipe: Recipe) -> None:
        """Begins; why that can't be is remembered as the answer."""
        from core.models.memory import refuse_if_too_big

        try:
            refuse_if_too_big(recipe)
            asked = Asked(recipe, place=self.process.start(recipe))
        except ThawError as error:
            asked = Asked(recipe, problem=error.problem)
        person.remember(self.name, asked)

    def stop(self) -> None:
        """Ends the process and forgets what was asked."""
        if (asked := self.asked()) and asked.place:
            self.process.forget(asked.place)
        person.remember(self.name, None)

    def answered(
        self, draw: Callable[[Any], None], stop: str, *, key: str
    ) -> Asked | None:
        """Draws how far it is, or why there is no answer; returns what has one.

        Args:
            draw: Draws the present `Look`.
            stop: Label of the button that ends it.
            key: Of that button.
        """
        asked = self.asked()
        if asked and asked.place:
            st.fragment(self._follow, run_every=_EVERY)(asked, draw, stop, key)
        elif asked and asked.problem:
            notices.show(asked.problem, "error")
        return asked if asked and asked.answer else None

    def stale(self, asked: Asked, recipe: Recipe) -> tuple[str, ...]:
        """Fields of a recipe for which the answer is out of date."""
        return self.process.what_changed(asked.recipe, recipe)

    def _follow(self, asked: Asked, draw: Callable[[Any], None], stop: str, key: str) -> None:
        with notices.guarded():
            now = self.process.look(asked.place)
            if now.problem and not asked.place.exists():  # stopped in another tab
                person.remember(self.name, None)
                st.rerun()
            if now.is_done:
                measurements.end_was_seen(asked.place)
                found = Asked(asked.recipe, answer=now.answer, problem=now.problem)
                person.remember(self.name, found)
                st.rerun()
            draw(now)
            if asked.is_found:
                st.caption("Begun before this page was loaded, or in another tab.")
            st.button(stop, icon=":material/stop_circle:", type="tertiary", key=key,
                      on_click=self.stop)


def show_stale(fields: tuple[str, ...], did: str, again: str) -> None:
    """Draws that an answer is out of date, where fields changed since.

    Args:
        did: What was done before, such as "measured".
        again: What to do, such as "Measure again".
    """
    if fields:
        names = ", ".join(field_words.label(field) for field in fields)
        st.warning(f"**Out of date:** {did} before these changed: {names}. {again}.",
                   icon=":material/history:")
