"""The whole recipe: valid or explained, through JSON unchanged."""

import json

import pytest

from core import recipe as recipes
from core.messages import ENGLISH
from core.ready_recipes import READY
from core.recipe import Recipe, RecipeError
from tests.core.recipe.wrong import problems_of


def test_the_default_is_valid():
    assert recipes.parse(Recipe().model_dump()) == Recipe()


@pytest.mark.parametrize("name", READY)
def test_round_trip_through_json(name):
    recipe = READY[name]
    again = recipes.from_json(recipe.to_json())
    assert again == recipe
    assert again.to_json() == recipe.to_json()


def test_json_is_plain():
    raw = json.loads(Recipe().to_json())
    assert raw["format"] == 1
    assert raw["freeze"] == {
        "preset": "all", "stages": 2, "exceptions": [], "frozen_modules": "eval",
    }


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000, b"\xff\xfe"])
def test_text_that_is_no_recipe(text):
    with pytest.raises(RecipeError, match="not a recipe"):
        recipes.from_json(text)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("optimizer.lr", -1, "The learning rate must be greater than 0; -1 is not."),
        ("optimizer.lr", "fast", "The learning rate must be a number; “fast” is not one."),
        ("optimizer.lr", float("nan"), "The learning rate must be a number; “nan” is not one."),
        ("optimizer.lr", "", "Type a number for the learning rate: it can't be empty."),
        ("train.epochs", " ", "Type a whole number for the epochs: it can't be empty."),
        ("train.epochs", 0, "The epochs must be at least 1; 0 is too small."),
        ("train.epochs", 2.5, "The epochs must be a whole number; “2.5” is not one."),
        ("loader.batch_size", 0, "The batch_size must be at least 1; 0 is too small."),
        ("head.dropout", 1, "The head dropout must be below 1; 1 is not."),
    ],
)
def test_a_bad_value_is_one_sentence(field, value, words):
    assert problems_of({field: value}) == {field: words}


def test_every_bad_field_is_named():
    found = problems_of({"optimizer.lr": -1, "train.epochs": 0, "split.val": 2})
    assert set(found) == {"optimizer.lr", "train.epochs", "split.val"}


@pytest.mark.parametrize(
    ("field", "value", "fragment"),
    [
        ("model.name", "resnet19", "resnet1"),  # names what is near
        ("data.name", "iris", "iris"),
        ("data.name", "nonsense", "nonsense"),
        ("data.name", "folder", "folder"),
        ("loader.collate", "list", "list"),
        ("optimizer.name", "lbfgs", "computes the loss several times"),
        ("optimizer.name", "SparseAdam", "sparse gradients"),
        ("optimizer.name", "muon", "matrices alone"),
        ("optimizer.name", "adamw2", "sgd, adam, adamw, rmsprop"),
    ],
)
def test_what_is_not_there_or_can_not_be_trained_on_is_explained(field, value, fragment):
    assert fragment in " ".join(problems_of({field: value}).values()).lower()


def test_an_unknown_field_is_named():
    raw = Recipe().model_dump()
    raw["train"]["epoch"] = 3
    with pytest.raises(RecipeError, match="no field called “train.epoch”"):
        recipes.parse(raw)


def test_every_sentence_of_the_recipe_is_there():
    for id in ("recipe.too_small", "recipe.not_json", "recipe.bad_link"):
        assert id in ENGLISH
