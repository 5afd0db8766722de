"""What the chosen checkpoint is seen beside: the model as its run began, or that of another run."""

from collections.abc import Sequence

import streamlit as st

from pages.state import person
from pages.widgets.explain import heat_data
from pages.widgets.explain.heat_data import Asked
from pages.widgets.explain.run_choice import can_be_asked
from pages.widgets.plain import plain
from pages.widgets.runs import labels, reading
from pages.widgets.runs.reading import SeenRun

_NOTHING, _START = "nothing", "start"
_BEGAN = "The model as this run began"


def edit(seen: SeenRun) -> tuple[Asked, str] | None:
    """Draws the choice and returns the other model with its title, or None for none.

    Raises:
        ThawError: If the other run lost its checkpoint in between.
    """
    others = {other.id: other for other in _of_the_same_data(seen, reading.all_runs())}
    labelled = {one.id: label for label, one in labels.of(list(others.values())).items()}
    words = {_NOTHING: "Nothing", _START: _BEGAN}
    words |= {key: f"{label}, best epoch" for key, label in labelled.items()}
    key = f"explain.beside {seen.id}"
    person.hold_on(key)
    chosen = st.selectbox(
        "Beside it", list(words), format_func=lambda one: words.get(one, one),
        key=key, persist_state="session",
        help="The same image and class in a second model: before the training, or a run on the "
        "same data, with its backbone frozen, say.",
    )
    if chosen == _START:
        return heat_data.asked(seen.run, heat_data.START), "As it began"
    if chosen in others:
        return heat_data.asked(others[chosen].run, "best"), f"{plain(labelled[chosen])}, best epoch"
    return None


def _of_the_same_data(seen: SeenRun, runs: Sequence[SeenRun]) -> list[SeenRun]:
    """The other runs that can be asked and were given the same classes."""
    def classes(one: SeenRun) -> tuple:
        return one.recipe.data.name, one.recipe.data.path, one.recipe.data.only

    return [one for one in runs
            if one.id != seen.id and can_be_asked(one) and classes(one) == classes(seen)]
