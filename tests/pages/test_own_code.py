"""Write your own: what is typed stays, what is off is named, and the owner decides."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.data.typed_exercises import EXERCISES, find_exercise
from core.recipe import Recipe
from core.sandbox.policy import Access
from pages.widgets.batches import views
from pages.widgets.modules import own_architecture_access

ROOT = Path(__file__).parents[2]
PAD = find_exercise("pad")
OWN_DECISION = own_architecture_access.of_this_visit  # what the owner's setting allows


@pytest.fixture(autouse=True)
def in_the_box_that_is_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in bubblewrap, which is not on every computer and starts anew for each job."""
    allow(monkeypatch, Access("limits", False))


def allow(monkeypatch: pytest.MonkeyPatch, access: Access) -> None:
    monkeypatch.setattr(own_architecture_access, "of_this_visit", lambda: access)


def opened() -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    at.switch_page("pages/batches.py").run()
    at.session_state[views.KEY] = "Write your own"
    at.run()
    assert not at.exception
    return at


def click(at: AppTest, key: str) -> str:
    at.button(key=key).click().run()
    assert not at.exception
    return drawn(at)


def typed(at: AppTest, code: str) -> None:
    at.text_area[0].set_value(code).run()
    assert not at.exception


def choose(at: AppTest, exercise: str) -> None:
    at.selectbox(key="own_code.exercise").set_value(exercise).run()
    assert not at.exception


def drawn(at: AppTest) -> str:
    parts = [*at.markdown, *at.code, *at.error, *at.success, *at.caption, *at.info]
    return "\n".join(one.value for one in parts)


def test_from_the_naive_version_to_the_right_one():
    at = opened()
    assert at.text_area[0].value == PAD.start
    said = click(at, "own_code.check")
    assert "**6 of 8 checks are off**" in said and "5 of 5 batches right" in said
    assert "Batch 1 (samples 0, 1, 2): RuntimeError in line 10" in said
    typed(at, PAD.solution.replace("torch.zeros", "torch.ones"))
    assert "This is of what you had before" in drawn(at)
    said = click(at, "own_code.check")
    assert "is 1, and should be 0" in said and "This is of what" not in said
    typed(at, PAD.solution)
    assert "Every batch is as it should be." in click(at, "own_code.check")
    assert f"Solved: 1 of {len(EXERCISES)} (Zero padding)" in drawn(at)


def test_hints_come_one_by_one_and_the_solution_when_it_is_asked_for():
    at = opened()
    for number, hint in enumerate(PAD.hints, 1):
        said = click(at, "own_code.hint")
        assert said.count("**Hint ") == number and hint in said
    assert not [one for one in at.button if one.key == "own_code.hint"]
    assert PAD.solution.strip() not in drawn(at)
    for shown in (True, False, True):
        at.toggle[0].set_value(shown).run()
        assert (PAD.solution.strip() in drawn(at)) == shown


def test_what_is_typed_and_found_stays_over_exercises_and_pages():
    at = opened()
    typed(at, "def my_collate_fn(batch): return 7")
    assert "is of type int" in click(at, "own_code.check")
    for name in ("dataset", "lengths"):
        choose(at, name)
        assert at.text_area[0].value == find_exercise(name).start
        assert "is of type int" not in drawn(at)
    typed(at, "def my_collate_fn(batch): return 8")
    at.switch_page("pages/start.py").run()
    at.switch_page("pages/batches.py").run()
    assert at.text_area[0].value == "def my_collate_fn(batch): return 8"
    choose(at, "pad")
    assert at.text_area[0].value == "def my_collate_fn(batch): return 7"
    assert "is of type int" in drawn(at)
    click(at, "own_code.again")
    assert at.text_area[0].value == PAD.start
    typed(at, "x = 1")
    click(at, "own_code.again")
    assert at.text_area[0].value == PAD.start


def test_a_data_set_is_checked_too_and_code_that_can_not_run_is_a_sentence():
    at = opened()
    choose(at, "dataset")
    assert "while len(dataset) was asked for" in click(at, "own_code.check")
    typed(at, find_exercise("dataset").solution)
    assert "Every batch is as it should be." in click(at, "own_code.check")
    typed(at, "class IrisDataset(:")
    assert "Line 1 of the code is no Python" in click(at, "own_code.check")
    typed(at, "")
    assert "There is no code yet: write IrisDataset" in click(at, "own_code.check")
    typed(at, "print('![](http://x.png) **loud**')\nimport os; os._exit(3)")
    assert "ended its own process" in click(at, "own_code.check")


def test_where_typed_code_is_off_there_is_a_sentence_and_no_box(monkeypatch):
    monkeypatch.setattr(own_architecture_access, "of_this_visit", OWN_DECISION)
    monkeypatch.setenv("THAW_TYPED_CODE", "off")
    at = opened()
    assert "Typed code is switched off here" in drawn(at)
    assert not at.text_area and "own_code.check" not in [one.key for one in at.button]


def test_typed_code_is_no_part_of_a_recipe():
    at = opened()
    typed(at, PAD.solution)
    click(at, "own_code.check")
    draft = at.session_state["draft.recipe"] if "draft.recipe" in at.session_state else Recipe()
    assert "my_collate_fn" not in draft.model_dump_json()
