"""Another value, model or data: the recipe stays valid and says what it reset."""

import pytest

from core import recipe as recipes
from core.messages import sentence
from core.recipe import HeadSpec, Recipe, RecipeError


def test_one_value_is_changed_and_checked():
    assert recipes.with_value(Recipe(), "optimizer.lr", 0.5).optimizer.lr == 0.5
    with pytest.raises(RecipeError):
        recipes.with_value(Recipe(), "optimizer.lr", 0)
    with pytest.raises(KeyError):
        recipes.with_value(Recipe(), "optimizer.speed", 0)


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


def test_other_data_brings_its_own_split_and_augmentation():
    changed, notices = recipes.with_data(Recipe(), "cifar10")
    assert changed.split.train_per_class is None
    assert changed.transform.augment == "flip_crop"
    assert {notice.field for notice in notices} == {"split", "transform.augment"}
    assert recipes.parse(changed.model_dump()) == changed


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


def test_data_that_can_not_be_trained_on_is_refused():
    with pytest.raises(RecipeError) as caught:
        recipes.with_data(Recipe(), "wine")
    assert "wine" in str(caught.value).lower()


def test_defaults_and_choices_come_from_the_fields():
    assert recipes.default_of("train.epochs") == Recipe().train.epochs
    assert recipes.choices_of("freeze.preset") == (
        "linear_probe", "last_stage", "last_stages", "all", "from_scratch",
    )
