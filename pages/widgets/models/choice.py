"""Choosing a model or its weights: the draft follows, and says what it had to reset.

Only a model that can be trained goes into the draft. One of another task is looked at: which
one that is, is remembered for each task, and the draft stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from core import recipe as recipes
from core.messages import ThawError
from core.models.catalogue import find_any_model
from pages.state import draft, person
from pages.widgets import notices
from pages.widgets.models import task_choice

CHART = "models.chart"
_CLICKED, _MARKED, _ROWS = "models.clicked", "models.marked", "models.rows"
By = Literal["table", "chart", "radio"]


@dataclass(frozen=True)
class Chosen:
    """What the page shows: a model, and the name of its weights or `"none"`."""

    name: str
    weights: str


def chosen(task: str) -> Chosen:
    """The model of a task that was chosen last; for what can be trained, the draft's."""
    if task == task_choice.TRAINED:
        model = draft.get().model
        return Chosen(model.name, model.weights)
    first = task_choice.entries(task)[0]
    return person.choice(_seen(task), Chosen(first.name, first.default_weights))


def take(model: str, weights: str, *, by: By) -> bool:
    """Takes the model, into the draft if it can be trained; whether that changed anything.

    Args:
        by: Where the click was: the table marks by itself what was clicked in it.
    """
    task = find_any_model(model).task
    if Chosen(model, weights) == chosen(task):
        return False
    if task != task_choice.TRAINED:
        person.remember(_seen(task), Chosen(model, weights))
    else:
        try:
            changed, resets = recipes.with_model(draft.get(), model, weights)
        except ThawError as error:
            person.notify(error.problem, "error")
            return True
        draft.amend(changed)
        notices.notify_all(resets)
    person.remember(_CLICKED, f"{model} {weights}" if by == "table" else "")
    return True


def choose(model: str, weights: str, *, by: By) -> None:
    """Takes the model and draws the page again, where that changed anything."""
    if take(model, weights, by=by):
        st.rerun()


def take_clicks() -> None:
    """Takes a click in the catalogue before the page is drawn, so that it is drawn once."""
    key, names = person.choice(_ROWS, ("", ()))
    rows = selected(key, "rows")
    if person.is_new(key, rows) and rows and rows[0] < len(names):
        take(*names[rows[0]], by="table")
    points = selected(CHART, "pick")
    if person.is_new(CHART, points) and points:
        take(points[0]["model"], points[0]["weights"], by="chart")


def selected(key: str, name: str) -> list:
    """What is selected in the table or chart of this key; [] where it was never drawn."""
    state = person.held(key) if key else None
    return list(state["selection"].get(name) or ()) if state else []


def expect_clicks(key: str, names: Sequence[tuple[str, str]], selected: list[int]) -> None:
    """Remembers what the rows of the table are that is drawn under this key.

    Args:
        selected: Its marked rows, which are no click.
    """
    person.remember(_ROWS, (key, tuple(names)))
    person.remember(key, selected)


def marked(task: str) -> object:
    """What the table has to show first: the last model that was not clicked in it.

    That is one chosen in the chart, among the weights, or by a link or a run's settings; a
    click in the table leaves it as it is, so that the table stays where it was scrolled to.
    """
    now = chosen(task)
    name = f"{now.name} {now.weights}"
    if name != person.choice(_CLICKED):
        person.remember(f"{_MARKED} {task}", name)
    return person.choice(f"{_MARKED} {task}")


def _seen(task: str) -> str:
    return f"models.chosen {task}"
