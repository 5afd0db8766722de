"""The chosen model as a recipe would train it: its head, its summary, what a step takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.data import datasets
from core.messages import ThawError
from core.models import heads
from core.models.catalogue import find_model, size_in_training
from core.recipe import Recipe
from pages.widgets import notices
from pages.widgets.models import head_change, summary_data
from pages.widgets.models.viewed import Viewed

if TYPE_CHECKING:
    from core.models.memory import MemoryEstimate
    from core.models.summary import Summary


def viewed_of(recipe: Recipe) -> Viewed:
    """The recipe's model as the page shows it; data that can't be found gets its sentence."""
    name, weights = recipe.model.name, recipe.model.weights
    return Viewed(find_model(name), weights, recipe, _size(recipe), _classes(recipe))


def show_head(recipe: Recipe) -> None:
    """Draws what the head for the recipe's data takes the place of."""
    classes = _classes(recipe)
    title = datasets.find_dataset(recipe.data.name).title
    if classes is None:
        return
    found = summary_data.replacements(
        recipe.model.name, recipe.model.weights, classes, recipe.head.dropout
    )
    head_change.show(found, classes, title)


def find_summary(recipe: Recipe) -> Summary | None:
    """The model with the head for the recipe's data; None, and why, where it can't be."""
    name, weights = recipe.model.name, recipe.model.weights
    try:
        return summary_data.summary(name, weights, _size(recipe), _classes(recipe))
    except ThawError as error:
        notices.show(error, "error")
        return None


def memory_to_train(recipe: Recipe, summary: Summary) -> MemoryEstimate:
    """What a step of the recipe takes; draws a warning where it is more than is free here."""
    from core.models import memory

    head = heads.head_paths(recipe.model.name, recipe.model.weights)
    need = memory.training_memory(
        summary, recipe.freeze, head, recipe.optimizer.name, recipe.loader.batch_size
    )
    if problem := memory.fits_here(need):
        notices.show(problem, "warning")
    return need


def _size(recipe: Recipe) -> int:
    return recipe.transform.size or size_in_training(recipe.model.name, recipe.model.weights)


def _classes(recipe: Recipe) -> int | None:
    """How many classes the data has; None where its pictures can't be found."""
    entry = datasets.find_dataset(recipe.data.name)
    if entry.classes is not None:
        return entry.classes
    try:
        return summary_data.classes_of(recipe.data.name, recipe.data.path)
    except ThawError as error:
        notices.show(error, "warning")
        return None
