"""A page of the app under AppTest: opened as a new visitor does, and looked at."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.recipe import Recipe

ROOT = Path(__file__).parents[2]


def open_page(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, recipe: Recipe | None = None
) -> AppTest:
    """The page of a visitor with an empty home, and no weights but the bundled ones.

    Args:
        recipe: Their draft; None for the one that everybody begins with.
    """
    monkeypatch.setenv("THAW_HOME", str(home))
    monkeypatch.setenv("TORCH_HOME", str(home / "torch"))
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    if recipe is not None:
        at.session_state["draft.recipe"] = recipe
    return quiet(at.switch_page(f"pages/{name}.py").run())


def quiet(at: AppTest) -> AppTest:
    """Nothing went wrong."""
    assert not at.exception
    assert [one.value for one in at.error] == []
    return at


def with_recipe(at: AppTest, recipe: Recipe) -> AppTest:
    """The page after the draft was replaced."""
    at.session_state["draft.recipe"] = recipe
    at.session_state["draft.generation"] = at.session_state["draft.generation"] + 1
    return quiet(at.run())
