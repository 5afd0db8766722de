"""The Models page under AppTest: opened with an empty home, and what a person does on it."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.recipe import ModelSpec, Recipe

ROOT = Path(__file__).parents[2]


def open_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page of a new visitor, with no weights but the bundled ones."""
    monkeypatch.setenv("THAW_HOME", str(home))
    monkeypatch.setenv("TORCH_HOME", str(home / "torch"))
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    return quiet(at.switch_page("pages/models.py").run())


def quiet(at: AppTest) -> AppTest:
    """Nothing went wrong."""
    assert not at.exception
    assert [one.value for one in at.error] == []
    return at


def catalogue(at: AppTest) -> pd.DataFrame:
    """The rows of the catalogue as they are shown."""
    return at.dataframe[0].value


def summary(at: AppTest) -> pd.DataFrame:
    """The rows of the chosen model as they are shown."""
    return at.dataframe[1].value


def by_label(widgets: object, label: str) -> object:
    """The first of the widgets with that label."""
    return next(widget for widget in widgets if widget.label == label)


def by_key(widgets: object, key: str) -> object:
    """The first of the widgets whose key begins so."""
    return next(widget for widget in widgets if (widget.key or "").startswith(key))


def metric(at: AppTest, label: str) -> str:
    """What a figure shows."""
    return by_label(at.metric, label).value


def texts(at: AppTest) -> str:
    """All Markdown of the page."""
    return "\n".join(one.value for one in at.markdown)


def open_view(at: AppTest, name: str) -> AppTest:
    """Clicks a tab: AppTest has no call for it, so its state is set."""
    at.session_state["models.view"] = name
    return quiet(at.run())


def open_task(at: AppTest, task: str) -> AppTest:
    """Shows the models of another task."""
    by_label(at.segmented_control, "Task").set_value(task)
    return quiet(at.run())


def pick(at: AppTest, row: int) -> None:
    """Clicks a row of the catalogue: AppTest has no call for it, so its state is set."""
    key, _ = at.session_state["person.choices"]["models.rows"]
    at.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    quiet(at.run())


def with_recipe(at: AppTest, recipe: Recipe) -> AppTest:
    """The page once the draft is another recipe."""
    at.session_state["draft.recipe"] = recipe
    at.session_state["draft.generation"] = at.session_state["draft.generation"] + 100
    return quiet(at.run())


def with_model(at: AppTest, name: str, weights: str) -> AppTest:
    """The page once the draft has another model."""
    return with_recipe(at, Recipe(model=ModelSpec(name=name, weights=weights)))
