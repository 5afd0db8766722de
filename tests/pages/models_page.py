"""The Models page under AppTest: opened with an empty home, and what a person does on it."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.recipe import ModelSpec, Recipe
from tests.pages import app_page
from tests.pages.app_page import quiet, with_recipe


def open_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page of a new visitor, with no weights but the bundled ones."""
    return app_page.open_page(home, monkeypatch, "models")


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


def with_model(at: AppTest, name: str, weights: str) -> AppTest:
    """The page once the draft has another model."""
    return with_recipe(at, Recipe(model=ModelSpec(name=name, weights=weights)))
