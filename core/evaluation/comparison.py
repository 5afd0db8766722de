"""What differs between recipes, field by field; no torch is needed."""

from collections.abc import Iterator, Sequence

from pydantic import BaseModel

from core.recipe import Recipe

_NO_SETTINGS = ("format", "name")  # they change nothing in a training


def settings(recipe: Recipe) -> dict[str, object]:
    """Every setting by its dotted field, in the recipe's order."""
    return {field: value for field, value in _fields(recipe) if field not in _NO_SETTINGS}


def differing(recipes: Sequence[Recipe]) -> list[str]:
    """The fields that are not the same in all of the recipes."""
    found = [settings(recipe) for recipe in recipes]
    return [
        field for field, value in found[0].items()
        if any(other[field] != value for other in found[1:])
    ]


def changed(recipe: Recipe) -> dict[str, object]:
    """The settings that are not the default, by field."""
    own = settings(recipe)
    return {field: own[field] for field in differing([recipe, Recipe()])}


def _fields(part: BaseModel, before: str = "") -> Iterator[tuple[str, object]]:
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, BaseModel):
            yield from _fields(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
