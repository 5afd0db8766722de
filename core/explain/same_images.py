"""Whose images can lie side by side; needs no torch."""

from core.recipe import Recipe


def have_same_images(one: Recipe, other: Recipe) -> bool:
    """Whether two runs hold out the same images for the test and for the validation."""

    def told(recipe: Recipe) -> tuple:
        data, split = recipe.data, recipe.split
        return data.name, data.path, data.only, split.val, split.test, split.seed

    return told(one) == told(other)
