"""The pipeline of transforms that this browser session builds, and the seed of its draws."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from core.data.pipeline import MAX_STEPS, Step

_PLACED, _NUMBER, _ORIGIN = "pipeline.placed", "pipeline.number", "pipeline.origin"
_SEED, _TURN = "pipeline.seed", "pipeline.turn"
_SEEDS = 10_000


@dataclass(frozen=True)
class Placed:
    """A step with a number of its own, by which its widgets are known wherever it moves."""

    number: int
    step: Step


def begin(steps: Sequence[Step], origin: str) -> None:
    """Takes these steps for all that were.

    Args:
        origin: What they are, until one is changed.
    """
    st.session_state[_PLACED] = [Placed(_new_number(), step) for step in steps]
    st.session_state[_ORIGIN] = origin


def placed() -> list[Placed]:
    """The steps in their order."""
    return list(st.session_state.get(_PLACED, []))


def origin() -> str | None:
    """What the steps were begun as; "" if they were changed since, None if there are none yet."""
    return st.session_state.get(_ORIGIN)


def is_full() -> bool:
    """Whether no step can be added."""
    return len(placed()) >= MAX_STEPS


def add(step: Step) -> None:
    """Puts a step at the end."""
    if not is_full():
        _change([*placed(), Placed(_new_number(), step)])


def remove(number: int) -> None:
    """Takes a step out."""
    _change([one for one in placed() if one.number != number])


def move(number: int, by: int) -> None:
    """Moves a step up (-1) or down (1)."""
    steps = placed()
    place = next(at for at, one in enumerate(steps) if one.number == number)
    other = min(max(place + by, 0), len(steps) - 1)
    steps[place], steps[other] = steps[other], steps[place]
    _change(steps)


def put(number: int, step: Step) -> None:
    """Takes what the widgets of a step hold."""
    steps = placed()
    changed = [replace(one, step=step) if one.number == number else one for one in steps]
    if changed != steps:
        _change(changed)


def _change(steps: list[Placed]) -> None:
    st.session_state[_PLACED] = steps
    st.session_state[_ORIGIN] = ""


def _new_number() -> int:
    st.session_state[_NUMBER] = st.session_state.get(_NUMBER, 0) + 1
    return st.session_state[_NUMBER]


# --- the seed ---------------------------------------------------------------------------------


def seed() -> int:
    """Of the first draw."""
    return st.session_state.setdefault(_SEED, 0)


def seed_key() -> str:
    """The key of the seed's widget."""
    return f"pipeline.seed#{st.session_state.setdefault(_TURN, 0)}"


def take_seed() -> None:
    """Takes what the seed's widget holds: its `on_change`."""
    st.session_state[_SEED] = int(st.session_state[seed_key()])


def draw_again(by: int) -> None:
    """Moves on to seeds that were not seen yet."""
    st.session_state[_SEED] = (seed() + by) % _SEEDS
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
