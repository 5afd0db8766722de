"""Head and freeze plan: as a person types them, equal ones with equal JSON."""

import pytest

from core import recipe as recipes
from core.recipe import DataSpec, FreezePlan, HeadSpec, Recipe
from tests.core.recipe.wrong import problems_of


def test_equal_plans_have_equal_json_whatever_the_order_of_clicks():
    one = FreezePlan(exceptions=(("b", True), ("a", False)))
    other = FreezePlan(exceptions=(("a", False), ("b", True)))
    assert one.model_dump_json() == other.model_dump_json()


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
