"""The recipe: valid or explained, through JSON unchanged."""

import json

import pytest

from core import recipe as recipes
from core.messages import ENGLISH, sentence
from core.ready_recipes import READY
from core.recipe import DataSpec, FreezePlan, HeadSpec, Recipe, RecipeError


def problems_of(changes: dict) -> dict[str, str]:
    """Sentence by field of a default recipe with changes."""
    raw = Recipe().model_dump()
    for field, value in changes.items():
        part, name = field.split(".")
        raw[part][name] = value
    with pytest.raises(RecipeError) as caught:
        recipes.parse(raw)
    return {problem.field: sentence(problem) for problem in caught.value.problems}


def test_the_default_is_valid():
    assert recipes.parse(Recipe().model_dump()) == Recipe()


@pytest.mark.parametrize("name", READY)
def test_round_trip_through_json(name):
    recipe = READY[name]
    again = recipes.from_json(recipe.to_json())
    assert again == recipe
    assert again.to_json() == recipe.to_json()


def test_equal_plans_have_equal_json_whatever_the_order_of_clicks():
    one = FreezePlan(exceptions=(("b", True), ("a", False)))
    other = FreezePlan(exceptions=(("a", False), ("b", True)))
    assert one.model_dump_json() == other.model_dump_json()


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


def test_shares_must_leave_something_to_train_on():
    assert "leave nothing to train on" in problems_of({"split.val": 0.6})["split"]


def test_an_unknown_field_is_named():
    raw = Recipe().model_dump()
    raw["train"]["epoch"] = 3
    with pytest.raises(RecipeError, match="no field called “train.epoch”"):
        recipes.parse(raw)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000, b"\xff\xfe"])
def test_text_that_is_no_recipe(text):
    with pytest.raises(RecipeError, match="not a recipe"):
        recipes.from_json(text)


def test_another_model_clears_what_belonged_to_the_old_one():
    recipe = recipes.with_value(Recipe(), "freeze.exceptions", [["stage4", True]])
    recipe = recipes.with_value(recipe, "transform.size", 96)
    changed, notices = recipes.with_model(recipe, "resnet18")
    assert changed.model.name == "resnet18"
    assert changed.freeze.exceptions == ()
    assert changed.transform.size is None
    assert {notice.id for notice in notices} == {"recipe.reset_exceptions", "recipe.reset_size"}
    assert recipes.parse(changed.model_dump()) == changed


def test_another_model_with_nothing_to_reset_says_nothing():
    changed, notices = recipes.with_model(Recipe(), "resnet18")
    assert notices == ()
    assert changed.model.weights == "IMAGENET1K_V1"


def test_another_model_keeps_the_head_unless_it_can_not_have_it():
    head = HeadSpec(kind="mlp", hidden=(64,), outputs="one_logit")
    recipe = Recipe(head=head)
    changed, notices = recipes.with_model(recipe, "resnet18")
    assert changed.head == head and notices == ()
    changed, notices = recipes.with_model(recipe, "squeezenet1_1")
    assert changed.head == HeadSpec(kind="mlp", hidden=(64,))
    assert [notice.field for notice in notices] == ["head.outputs"]
    assert "ends in a ReLU" in sentence(notices[0])
    appended = recipe.model_copy(update={"head": HeadSpec(kind="append", outputs="one_logit")})
    assert recipes.with_model(appended, "squeezenet1_1")[1] == ()


def test_other_data_clears_the_choice_of_classes_and_one_logit_that_can_not_be():
    recipe = recipes.with_value(
        Recipe(head=HeadSpec(outputs="one_logit")), "data.only", ["8", "3"]
    )
    assert recipe.data.only == ("3", "8")
    same, notices = recipes.with_data(recipe, "digits")
    assert same == recipe and notices == ()
    changed, notices = recipes.with_data(recipe, "cifar10")
    assert changed.data.only == () and changed.head.outputs == "classes"
    assert {"data.only", "head.outputs"} <= {notice.field for notice in notices}
    assert recipes.parse(changed.model_dump()) == changed
    folder, notices = recipes.with_data(recipe, "folder", "/somewhere")
    assert folder.head.outputs == "one_logit"  # nobody knows yet how many classes it has
    assert "head.outputs" not in {notice.field for notice in notices}


def test_classes_are_chosen_by_two_at_least_and_in_one_order():
    for given in (("8", "3"), ["3", "8", "8", " "]):
        assert recipes.with_value(Recipe(), "data.only", given).data.only == ("3", "8")
    assert problems_of({"data.only": ["3"]}) == {
        "data.only": "“3” alone leaves nothing to tell apart: choose two classes at least, or "
        "none for all."
    }


@pytest.mark.parametrize("given", ["512, 64", [512, 64], ("512", "64")])
def test_widths_are_typed_or_listed(given):
    assert recipes.with_value(Recipe(), "head.hidden", given).head.hidden == (512, 64)


@pytest.mark.parametrize("given", ["", "a", "1,2,3,4,5", "-1", "1.5", "0", "9000", [], [0], None])
def test_widths_that_can_not_be_get_a_sentence(given):
    assert len(problems_of({"head.hidden": given})["head.hidden"]) > 20


def test_a_head_goes_through_json_unchanged():
    recipe = Recipe(head=HeadSpec(kind="mlp", hidden=(64, 8), activation="gelu", dropout=0.1,
                                  init="normal", outputs="one_logit"),
                    data=DataSpec(name="digits", only=("8", "3")))
    again = recipes.from_json(recipe.to_json())
    assert again == recipe and again.to_json() == recipe.to_json()
    assert hash(again.head) == hash(recipe.head)  # what was counted of a model goes by it


def test_other_data_brings_its_own_split_and_augmentation():
    changed, notices = recipes.with_data(Recipe(), "cifar10")
    assert changed.split.train_per_class is None
    assert changed.transform.augment == "flip_crop"
    assert {notice.field for notice in notices} == {"split", "transform.augment"}
    assert recipes.parse(changed.model_dump()) == changed


def test_data_that_can_not_be_trained_on_is_refused():
    with pytest.raises(RecipeError) as caught:
        recipes.with_data(Recipe(), "wine")
    assert "wine" in str(caught.value).lower()


def test_one_value_is_changed_and_checked():
    assert recipes.with_value(Recipe(), "optimizer.lr", 0.5).optimizer.lr == 0.5
    with pytest.raises(RecipeError):
        recipes.with_value(Recipe(), "optimizer.lr", 0)
    with pytest.raises(KeyError):
        recipes.with_value(Recipe(), "optimizer.speed", 0)


def test_defaults_and_choices_come_from_the_fields():
    assert recipes.default_of("train.epochs") == Recipe().train.epochs
    assert recipes.choices_of("freeze.preset") == (
        "linear_probe", "last_stage", "last_stages", "all", "from_scratch",
    )


def test_json_is_plain():
    raw = json.loads(Recipe().to_json())
    assert raw["format"] == 1
    assert raw["freeze"] == {
        "preset": "all", "stages": 2, "exceptions": [], "frozen_modules": "eval",
    }


def test_every_sentence_of_the_recipe_is_there():
    for id in ("recipe.too_small", "recipe.not_json", "recipe.bad_link"):
        assert id in ENGLISH
