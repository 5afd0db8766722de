"""The draft: the last valid recipe of this browser session, and what is being typed.

Raw values that are not (yet) valid lie beside the recipe with their problem, so a half-typed
value is neither lost nor able to break the recipe. A widget's key carries the draft's
generation: replacing the draft raises it, and every widget shows the new values.
"""

from collections.abc import Mapping
from types import MappingProxyType

import streamlit as st

from core import recipe as recipes
from core.messages import Problem
from core.recipe import Recipe, RecipeError

_RECIPE, _TYPED, _GENERATION = "draft.recipe", "draft.typed", "draft.generation"


def get() -> Recipe:
    """The last valid recipe."""
    return st.session_state.setdefault(_RECIPE, Recipe())


def value(field: str) -> object:
    """What a widget of the field shows: the raw value if one is half typed, else the recipe's."""
    typed = _typed()
    if field in typed:
        return typed[field][0]
    found: object = get()
    for name in field.split("."):
        found = getattr(found, name)
    return found


def set_value(field: str, raw: object) -> None:
    """Takes what a widget returned; the recipe changes if it stays valid with it."""
    typed = _typed()
    try:
        changed = recipes.with_value(get(), field, raw)
    except RecipeError as error:
        typed[field] = (raw, error.problem)
        return
    typed.pop(field, None)
    st.session_state[_RECIPE] = changed
    _retry_typed()


def problem(field: str) -> Problem | None:
    """Why the field's raw value is not in the recipe, or None if it is."""
    found = _typed().get(field)
    return found[1] if found else None


def problems() -> Mapping[str, Problem]:
    """Every field whose raw value is not in the recipe, with its problem."""
    return MappingProxyType({field: found for field, (_, found) in _typed().items()})


def put(recipe: Recipe) -> None:
    """Changes the recipe in place: a page that edits parts of it by itself."""
    st.session_state[_RECIPE] = recipe


def replace(recipe: Recipe) -> None:
    """Takes a whole recipe (loaded, linked, another run's); every widget shows it anew."""
    st.session_state[_RECIPE] = recipe
    st.session_state[_TYPED] = {}
    st.session_state[_GENERATION] = generation() + 1


def reset(field: str) -> None:
    """Brings the field's default back."""
    _typed().pop(field, None)
    replaced = recipes.with_value(get(), field, recipes.default_of(field))
    typed = _typed().copy()
    replace(replaced)
    st.session_state[_TYPED] = typed


def generation() -> int:
    """Raised whenever the draft is replaced."""
    return st.session_state.setdefault(_GENERATION, 0)


def key(field: str) -> str:
    """The key of the field's widget."""
    return f"{field}#{generation()}"


def _typed() -> dict[str, tuple[object, Problem]]:
    return st.session_state.setdefault(_TYPED, {})


def _retry_typed() -> None:
    # A share of 0.9 is refused beside a test share of 0.5 and fine beside one of 0.05.
    for field, (raw, _) in list(_typed().items()):
        try:
            st.session_state[_RECIPE] = recipes.with_value(get(), field, raw)
        except RecipeError:
            continue
        del _typed()[field]
