"""The inputs of a new sweep: one to three fields with their values, how long, its name."""

import streamlit as st

from core import recipe as recipes
from core.messages import ThawError
from core.recipe import Recipe
from core.runs.sweep_spec import MOST_FIELDS, AxisSpec, SweepSpec, parse
from pages.state import draft, person
from pages.state.language import say
from pages.widgets import recipe_words
from pages.widgets.plain import plain
from pages.widgets.sweep import values

_FIRST = ("optimizer.lr", "freeze.preset", "")  # the fields before anybody has chosen
_NONE = ""
_KEPT = {"persist_state": "session", "autocomplete": "off"}


def edit(recipe: Recipe) -> tuple[SweepSpec, Recipe] | None:
    """Draws the inputs and returns what they say; None, with a sentence, if that is no sweep.

    Args:
        recipe: That the values are put into; with the number of epochs that is typed here.
    """
    st.markdown(
        f"{recipe_words.model(recipe)} · {recipe_words.freezing(recipe)} · "
        f"{recipe_words.data(recipe)}  \n{recipe_words.training(recipe)}"
    )
    with st.container(horizontal=True):
        st.page_link("pages/train.py", label="Change the recipe", icon=":material/tune:")
        st.page_link("pages/models.py", label="Choose a model", icon=":material/deployed_code:")
    axes = _axes(recipe)
    left, right = st.columns(2)
    with left:
        epochs = st.text_input(
            "Epochs of each run", key="sweep.epochs", disabled=_varies(axes, "train.epochs"),
            placeholder=f"{recipe.train.epochs}, the recipe's", help="A few are enough to tell "
            "good values from bad ones; the best may then train for longer.", **_KEPT,
        ).strip()
    with right:
        name = st.text_input(
            "Name", key="sweep.name", placeholder=recipe.name or "Optional", **_KEPT
        )
    if None in axes:
        return None
    try:
        if epochs and not _varies(axes, "train.epochs"):
            recipe = recipes.with_value(recipe, "train.epochs", epochs)
        return parse({"name": name, "axes": axes}), recipe
    except ThawError as error:
        st.markdown(f":red[:material/error: {plain(say(error))}]")
        return None


def fill(spec: SweepSpec, recipe: Recipe) -> None:
    """Sets every input as a sweep had it, and the draft to its recipe; before it is drawn."""
    draft.replace(recipe)
    for place in range(MOST_FIELDS):
        axis = spec.axes[place] if place < len(spec.axes) else None
        person.hold(_key(place), axis.field if axis else _NONE)
        if axis:
            person.hold(values.key_of(axis.field), values.held(axis))
    person.hold("sweep.epochs", "")
    person.hold("sweep.name", spec.name)


def _axes(recipe: Recipe) -> list[AxisSpec | None]:
    """One for each field that is chosen; None where its values are no list yet."""
    labels = values.labels()
    found: list[AxisSpec | None] = []
    for place, column in enumerate(st.columns(MOST_FIELDS)):
        with column, st.container(border=True, height="stretch"):
            options = [*labels] if place == 0 else [_NONE, *labels]
            field = st.selectbox(
                f"Field {place + 1}", options, index=options.index(_FIRST[place]),
                format_func=lambda name: labels.get(name, "None"), key=_key(place),
                persist_state="session", help="Any field of the recipe that takes plain values; "
                "type to search." if place == 0 else None,
            )
            if field == _NONE:
                st.caption("Not used.")
            elif any(axis and axis.field == field for axis in found):
                st.markdown(":small[:red[:material/error: This field is varied already: choose "
                            "another one.]]")
                found.append(None)
            else:
                found.append(values.edit(field, recipe))
    return found


def _key(place: int) -> str:
    return f"sweep.field {place + 1}"


def _varies(axes: list[AxisSpec | None], field: str) -> bool:
    return any(axis is not None and axis.field == field for axis in axes)
