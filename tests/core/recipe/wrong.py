"""A recipe with something wrong in it, and what is said of it."""

import pytest

from core import recipe as recipes
from core.messages import sentence
from core.recipe import Recipe, RecipeError


def problems_of(changes: dict) -> dict[str, str]:
    """Sentence by field of a default recipe with changes."""
    raw = Recipe().model_dump()
    for field, value in changes.items():
        part, name = field.split(".")
        raw[part][name] = value
    with pytest.raises(RecipeError) as caught:
        recipes.parse(raw)
    return {problem.field: sentence(problem) for problem in caught.value.problems}
