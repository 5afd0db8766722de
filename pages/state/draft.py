"""The draft: the last valid recipe of this browser session, and what is being typed.

Raw values that are not (yet) valid lie beside the recipe with their problem, so a half-typed
value is neither lost nor able to break the recipe. A widget's key carries the draft's
generation: replacing the draft raises it, and every widget shows the new values.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import streamlit as st

from core import recipe as recipes
from core.messages import Problem
from core.recipe import Recipe, RecipeError

_RECIPE, _TYPED, _GENERATION = "draft.recipe", "draft.typed", "draft.generation"
_SPELLED = "draft.spelled"  # field -> (text as typed, the recipe's value it stands for)


def get() -> Recipe:
    """The last valid recipe."""
    return st.session_state.setdefault(_RECIPE, Recipe())


def value(field: str) -> object:
    """What a widget of the field shows: the raw value if one is half typed, else the recipe's."""
    typed = _typed()
    if field in typed:
        return typed[field][0]
    return _of(get(), field)


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
    _keep_spelling(field, raw)
    _retry_typed()


def spelled(field: str) -> str | None:
    """The valid text that was typed for the field's present value ("1e-4"), or None."""
    text, meant = st.session_state.setdefault(_SPELLED, {}).get(field, (None, None))
    return text if meant == _of(get(), field) else None


def problem(field: str) -> Problem | None:
    """Why the field's raw value is not in the recipe, or None if it is."""
    found = _typed().get(field)
    return found[1] if found else None


def problems() -> Mapping[str, Problem]:
    """Every field whose raw value is not in the recipe, with its problem."""
    return MappingProxyType({field: found for field, (_, found) in _typed().items()})


def put(recipe: Recipe) -> None:
    """Changes the recipe in place: a page that edits parts of it by itself.

    Only for parts that no keyed widget shows; what `with_model` and `with_data` return goes
    through `amend`, or the widgets of what they reset would show the old values.
    """
    st.session_state[_RECIPE] = recipe


def replace(recipe: Recipe) -> None:
    """Takes a whole recipe (loaded, linked, another run's); every widget shows it anew."""
    st.session_state[_RECIPE] = recipe
    st.session_state[_TYPED] = {}
    st.session_state[_SPELLED] = {}
    st.session_state[_GENERATION] = generation() + 1


def amend(recipe: Recipe) -> None:
    """Takes a recipe in which several parts changed at once, as `with_model` returns it.

    Every widget shows it anew; what is half typed elsewhere stays.
    """
    before = get()
    typed = {
        field: kept for field, kept in _typed().items() if _of(before, field) == _of(recipe, field)
    }
    st.session_state[_RECIPE] = recipe
    st.session_state[_TYPED] = typed
    st.session_state[_GENERATION] = generation() + 1
    _retry_typed()


def take(field: str, read: Callable[[object], object] = lambda raw: raw) -> None:
    """Takes what the field's widget holds: the `on_change` of a widget whose key is `key(field)`.

    Args:
        read: From what the widget holds to the field's raw value.
    """
    if key(field) in st.session_state:
        set_value(field, read(st.session_state[key(field)]))


def reset(field: str) -> None:
    """Brings the field's default back."""
    st.session_state.setdefault(_SPELLED, {}).pop(field, None)
    # By the same way as an edit: beside other values a default may be refused, and says so.
    set_value(field, recipes.default_of(field))
    st.session_state[_GENERATION] = generation() + 1


def is_default(field: str) -> bool:
    """Whether the field shows its default value."""
    return field not in _typed() and _of(get(), field) == recipes.default_of(field)


def generation() -> int:
    """Raised whenever the draft is replaced."""
    return st.session_state.setdefault(_GENERATION, 0)


def key(field: str) -> str:
    """The key of the field's widget."""
    return f"{field}#{generation()}"


def _of(recipe: Recipe, field: str) -> object:
    found: object = recipe
    for name in field.split("."):
        found = getattr(found, name)
    return found


def _typed() -> dict[str, tuple[object, Problem]]:
    return st.session_state.setdefault(_TYPED, {})


def _keep_spelling(field: str, raw: object) -> None:
    if isinstance(raw, str):
        st.session_state.setdefault(_SPELLED, {})[field] = (raw, _of(get(), field))


def _retry_typed() -> None:
    # A share of 0.9 is refused beside a test share of 0.5 and fine beside one of 0.05.
    for field, (raw, _) in list(_typed().items()):
        try:
            st.session_state[_RECIPE] = recipes.with_value(get(), field, raw)
        except RecipeError:
            continue
        del _typed()[field]
        _keep_spelling(field, raw)
