"""A recipe with another value, another model or other data, and what a field may be.

Each change gives a valid recipe or says why there is none.
"""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from core.messages import Problem, ThawError
from core.recipe.data_parts import DataSpec, SplitSpec
from core.recipe.model_parts import ModelSpec
from core.recipe.whole import Recipe, RecipeError, parse
from core.spec import problems_of


def with_value(recipe: Recipe, field: str, value: object) -> Recipe:
    """The recipe with one field changed, such as `"optimizer.lr"`.

    Raises:
        RecipeError: If the value is not allowed there.
        KeyError: If the recipe has no such field.
    """
    raw = recipe.model_dump()
    *parents, last = field.split(".")
    part = raw
    for parent in parents:
        part = part[parent]
    if last not in part:
        raise KeyError(field)
    part[last] = value
    return parse(raw)


def with_model(
    recipe: Recipe, name: str, weights: str | None = None
) -> tuple[Recipe, tuple[Problem, ...]]:
    """The recipe with another model, and notices of what had to be reset for it.

    Names of layers mean nothing in another architecture, so the exceptions of the freeze
    plan go; the input size goes back to the weights' own. The head stays, unless it is one
    logit and the model can't have that.

    Args:
        weights: Name of the weights entry, "none", or None for the model's default entry.

    Raises:
        RecipeError: If torchvision has no such model or the model no such weights.
    """
    from core.models import catalogue, heads

    try:
        entry = catalogue.find_model(name)
        weights = weights or entry.default_weights
        chosen = ModelSpec(name=name, weights=weights)
    except ThawError as error:
        raise RecipeError((Problem(error.problem.id, error.problem.values, "model"),)) from None
    except ValidationError as error:
        raise RecipeError(problems_of(error, Recipe)) from None
    changes: dict[str, Any] = {"model": chosen}
    notices = []
    if name != recipe.model.name and recipe.freeze.exceptions:
        changes["freeze"] = recipe.freeze.model_copy(update={"exceptions": ()})
        notices.append(Problem("recipe.reset_exceptions", {"model": name}, "freeze.exceptions"))
    if name != recipe.model.name and recipe.unfreezing.at:
        changes["unfreezing"] = recipe.unfreezing.model_copy(update={"at": ()})
        notices.append(Problem("recipe.reset_openings", {"model": name}, "unfreezing.at"))
    if chosen != recipe.model and recipe.transform.size is not None:
        changes["transform"] = recipe.transform.model_copy(update={"size": None})
        notices.append(Problem("recipe.reset_size", {"model": name}, "transform.size"))
    if not heads.can_be(name, recipe.head):
        changes["head"] = recipe.head.model_copy(update={"outputs": "classes"})
        notices.append(Problem("recipe.reset_outputs_of_model", {"model": name}, "head.outputs"))
    return recipe.model_copy(update=changes), tuple(notices)


def with_data(
    recipe: Recipe, name: str, path: str = ""
) -> tuple[Recipe, tuple[Problem, ...]]:
    """The recipe with another data set, and notices of what had to be reset for it.

    The split and the augmentation go to what suits the data set, a choice of classes goes, and
    one logit where the data set is known to have another number of classes than two.

    Raises:
        RecipeError: If there is no such data set, or it can't be trained on.
    """
    from core.data import datasets

    try:
        same = (name, path) == (recipe.data.name, recipe.data.path)
        chosen = DataSpec(name=name, path=path, only=recipe.data.only if same else ())
    except ValidationError as error:
        problems = problems_of(error, Recipe)
        raise RecipeError(
            tuple(Problem(p.id, p.values, f"data.{p.field}".rstrip(".")) for p in problems)
        ) from None
    entry = datasets.find_dataset(name)
    changes: dict[str, Any] = {"data": chosen}
    notices = []
    if chosen.only != recipe.data.only:
        notices.append(Problem("recipe.reset_only", {"data": entry.title}, "data.only"))
    if recipe.head.outputs == "one_logit" and not same and entry.classes not in (None, 2):
        changes["head"] = recipe.head.model_copy(update={"outputs": "classes"})
        notices.append(Problem("recipe.reset_outputs", {"data": entry.title}, "head.outputs"))
    if name != recipe.data.name:
        split = SplitSpec(
            train_per_class=entry.train_per_class, val=entry.val, test=entry.test,
            seed=recipe.split.seed,
        )
        if split != recipe.split:
            changes["split"] = split
            notices.append(Problem("recipe.reset_split", {"data": entry.title}, "split"))
        if entry.augment != recipe.transform.augment:
            changes["transform"] = recipe.transform.model_copy(update={"augment": entry.augment})
            notices.append(
                Problem("recipe.reset_augment", {"data": entry.title}, "transform.augment")
            )
    return recipe.model_copy(update=changes), tuple(notices)


def default_of(field: str) -> object:
    """The default value of a field, such as `"optimizer.lr"`."""
    value: object = Recipe()
    for name in field.split("."):
        value = getattr(value, name)
    return value


def choices_of(field: str) -> tuple[Any, ...]:
    """The allowed values of a field with a fixed set of them, in their order."""
    part: type[BaseModel] = Recipe
    *parents, last = field.split(".")
    for parent in parents:
        part = part.model_fields[parent].annotation
    return get_args(part.model_fields[last].annotation)
