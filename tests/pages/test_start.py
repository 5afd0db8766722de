"""The Start page: the example, the way in words, recipe in and out, what runs."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import recipe as recipes
from core import recipe_link
from core.ready_recipes import READY
from core.recipe import FreezePlan, Recipe
from core.runs import folder, status

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("THAW_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def at() -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not at.exception
    assert not at.error
    return at


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in at.markdown)


def click(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def upload(at: AppTest, name: str, content: bytes) -> AppTest:
    return at.file_uploader[0].upload(name, content, "application/json").run()


def test_it_says_what_thaw_is_and_what_is_set(at: AppTest) -> None:
    text = words(at)
    assert "already learned to see" in text
    assert "shufflenet_v2_x1_0" in text
    assert "20 images a class, batches of 32, shuffled" in text
    assert "30 epochs" in text


def test_the_example_is_one_click_away(at: AppTest) -> None:
    at.session_state["draft.recipe"] = Recipe(name="mine", freeze=FreezePlan(preset="last_stage"))
    click(at, "Letters → digits")
    assert at.session_state["draft.recipe"] == READY["letters-to-digits"]
    assert "letters → digits" in at.info[0].value


def test_the_way_follows_the_draft_twice(at: AppTest) -> None:
    for preset, said in (("linear_probe", "Backbone frozen"), ("last_stage", "last stage")):
        plan = FreezePlan(preset=preset, exceptions=(("conv1", True),))
        at.session_state["draft.recipe"] = Recipe(freeze=plan)
        at.run()
        assert said in words(at)
        assert "1 exception" in words(at)


def test_recipe_files_come_in_twice(at: AppTest) -> None:
    for epochs in (4, 9):
        recipe = recipes.with_value(Recipe(name="Lesson"), "train.epochs", epochs)
        upload(at, "lesson.json", recipe.to_json().encode())
        assert at.session_state["draft.recipe"] == recipe
        assert "lesson.json is open" in at.success[0].value


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x89PNG", "not a recipe"),
        (b"[1, 2]", "not a recipe"),
        (json.dumps({"optimizer": {"lr": -1}}).encode(), "must be greater than 0"),
        (json.dumps({"model": {"name": "resnet19", "weights": "none"}}).encode(), "resnet1"),
    ],
)
def test_a_file_that_is_no_recipe_changes_nothing(
    at: AppTest, content: bytes, sentence: str
) -> None:
    kept = recipes.with_value(Recipe(), "train.epochs", 3)
    at.session_state["draft.recipe"] = kept
    upload(at, "wrong.json", content)
    assert sentence in at.error[0].value
    assert at.session_state["draft.recipe"] == kept
    upload(at, "right.json", Recipe(name="next").to_json().encode())
    assert at.session_state["draft.recipe"].name == "next"


def test_the_link_opens_the_same_recipe(at: AppTest) -> None:
    at.session_state["draft.recipe"] = recipes.with_value(Recipe(), "train.epochs", 17)
    at.run()
    link = next(code.value for code in at.code if "?recipe=" in code.value)
    assert recipe_link.from_link(link.partition("?recipe=")[2]).train.epochs == 17


def test_runs_are_counted_and_places_are_shown(at: AppTest, home: Path) -> None:
    assert "None yet" in words(at)
    folder.create_run(Recipe(name="a"))
    at.run()
    assert "1 run" in words(at)
    places = at.dataframe[0].value
    assert set(places["what"]) == {"runs", "cache", "data", "uploads", "weights"}


def test_a_running_run_is_one_click_away(monkeypatch: pytest.MonkeyPatch) -> None:
    run = folder.create_run(Recipe(name="Letters to digits"), name="first *try*")
    now = status.RunStatus("running", epoch=4, epochs=30, eta_seconds=41.7)
    monkeypatch.setattr(status, "running_runs", lambda root=None: [run])
    monkeypatch.setattr(status, "status", lambda run: now)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert "running, epoch 4 of 30, about 42 s left" in words(at)
    assert r"first \*try\*" in words(at)
    click(at, "Watch it")
    assert at.session_state["person.watched_run"] == run.id
