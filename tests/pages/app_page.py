"""A page of the app under AppTest: opened as a new visitor does, and looked at."""

import time
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import InitialValue, Selectbox

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


def waited(at: AppTest) -> AppTest:
    """The page when nothing goes on any more that a thread of the server works out."""
    until = time.monotonic() + 120
    while any(one.label == "Stop" for one in at.button):
        assert time.monotonic() < until
        time.sleep(0.2)
        at.run()
    assert not at.exception
    return at


def with_recipe(at: AppTest, recipe: Recipe) -> AppTest:
    """The page after the draft was replaced."""
    at.session_state["draft.recipe"] = recipe
    at.session_state["draft.generation"] = at.session_state["draft.generation"] + 1
    return quiet(at.run())


def send_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has choices send the label that a browser shows: it changes only where the page says so."""
    shown: dict[str, str] = {}

    def state(box: Selectbox) -> WidgetState:
        if not isinstance(box._value, InitialValue):
            shown[box.id] = box.format_func(box._value)
        elif box.proto.set_value:
            shown[box.id] = box.proto.raw_value
        label = shown.setdefault(box.id, box.proto.options[box.proto.default])
        return WidgetState(id=box.id, string_value=label)

    monkeypatch.setattr(Selectbox, "_widget_state", property(state))
