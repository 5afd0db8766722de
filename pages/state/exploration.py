"""What this browser session explores on the Batches page: raw values, and the last valid whole."""

from collections.abc import Mapping

import streamlit as st

from core.data import exploration
from core.data.exploration import Exploration
from core.messages import Problem
from core.spec import SpecError

_RAW, _VALID, _GENERATION = "exploration.raw", "exploration.valid", "exploration.generation"

_EMPTY_IS_NONE = (
    "size", "loader.batch_size", "loader.prefetch_factor", "loader.num_samples",
)

# Something to see at the first look; the DataLoader's own defaults are one click away.
BEGIN: Mapping[str, object] = {
    "data": "digits", "loader.batch_size": 8, "loader.shuffle": True, "batches": 4,
}


def raw(field: str) -> object:
    """What the field's widget shows: as typed, else the default."""
    return _all_raw().get(field, default_of(field))


def take(field: str) -> None:
    """Takes what the field's widget holds: the `on_change` of a widget with `key(field)`."""
    value = st.session_state.get(key(field))
    _all_raw()[field] = value.strip() if isinstance(value, str) else value


def put(field: str, value: object) -> None:
    """Sets a field whose widget is not the one that was used: `redraw` shows it."""
    _all_raw()[field] = value


def replace(values: Mapping[str, object]) -> None:
    """Takes these values and the defaults for all others; every widget shows them."""
    st.session_state[_RAW] = dict(values)
    redraw()


def redraw() -> None:
    """Lets every widget show what `put` has set."""
    st.session_state[_GENERATION] = _generation() + 1


def current() -> tuple[Exploration, dict[str, Problem]]:
    """The last valid exploration, and what is wrong with the values beside it, by field."""
    try:
        found = exploration.parse(_nested(_counting(_all_raw())))
    except SpecError as error:
        valid = st.session_state.get(_VALID) or exploration.parse(_nested(dict(BEGIN)))
        return valid, {problem.field: problem for problem in error.problems}
    st.session_state[_VALID] = found
    return found, {}


def default_of(field: str) -> object:
    """The default of a field, such as `"loader.batch_size"`."""
    value: object = Exploration()
    for name in field.split("."):
        value = getattr(value, name)
    return value


def is_default(field: str) -> bool:
    """Whether the field's widget shows the default, typed or not."""
    value, default = raw(field), default_of(field)
    if isinstance(value, str) and not isinstance(default, str):
        return value.strip() == ("" if default is None else f"{default:g}")
    return value == default


def key(field: str) -> str:
    """The key of the field's widget."""
    return f"exploration.{field}#{_generation()}"


def _all_raw() -> dict[str, object]:
    return st.session_state.setdefault(_RAW, dict(BEGIN))


def _generation() -> int:
    return st.session_state.setdefault(_GENERATION, 0)


def _counting(values: Mapping[str, object]) -> dict[str, object]:
    """Without options of what is not chosen: their inputs are not on the page.

    What was typed there is kept for when they come back.
    """
    found = dict(values)
    for name, (argument, choices) in exploration.OPTIONS.items():
        if values.get(f"loader.{argument}", "default") not in choices:
            found.pop(f"loader.{name}", None)
    return found


def _nested(values: Mapping[str, object]) -> dict:
    found: dict = {"loader": {}}
    for field, value in values.items():
        if value == "" and field in _EMPTY_IS_NONE:
            value = None
        parent, _, name = field.rpartition(".")
        (found[parent] if parent else found)[name] = value
    return found
