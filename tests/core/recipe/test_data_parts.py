"""Split and choice of classes: what leaves nothing to train on is refused."""

from core import recipe as recipes
from core.recipe import Recipe
from tests.core.recipe.wrong import problems_of


def test_shares_must_leave_something_to_train_on():
    assert "leave nothing to train on" in problems_of({"split.val": 0.6})["split"]


def test_classes_are_chosen_by_two_at_least_and_in_one_order():
    for given in (("8", "3"), ["3", "8", "8", " "]):
        assert recipes.with_value(Recipe(), "data.only", given).data.only == ("3", "8")
    assert problems_of({"data.only": ["3"]}) == {
        "data.only": "“3” alone leaves nothing to tell apart: choose two classes at least, or "
        "none for all."
    }
