"""The model that the page shows, found from the draft or from what was clicked; its head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.data import datasets
from core.messages import ThawError
from core.models import heads
from core.models.catalogue import ModelEntry, find_model, size_in_training
from core.recipe import LINEAR_HEAD, HeadSpec, Recipe
from pages.widgets import notices, recipe_words
from pages.widgets.models import head_change, summary_data
from pages.widgets.models.choice import Chosen
from pages.widgets.models.other_input import OtherInput
from pages.widgets.models.viewed import Viewed

if TYPE_CHECKING:
    from core.models.memory import MemoryEstimate
    from core.models.summary import Summary


def viewed_of(recipe: Recipe) -> Viewed:
    """The recipe's model as the page shows it; data that can't be found gets its sentence."""
    name, weights = recipe.model.name, recipe.model.weights
    outputs, new_head = _head(recipe)
    return Viewed(find_model(name), weights, recipe, _size(recipe), outputs, new_head=new_head)


def viewed_other(entry: ModelEntry, chosen: Chosen, given: OtherInput) -> Viewed:
    """A model of another task as the page shows it, with the head that it ships with."""
    return Viewed(entry, chosen.weights, None, given.size, None, given.proposals,
                  given.detections)


def show_head(viewed: Viewed) -> None:
    """Draws what the head for the recipe's data takes the place of."""
    if viewed.recipe is None or viewed.outputs is None:
        return
    found = summary_data.replacements(
        viewed.entry.name, viewed.weights, viewed.outputs, viewed.new_head
    )
    head_change.show(found, viewed.outputs, recipe_words.data_title(viewed.recipe),
                     viewed.new_head.kind)


def summary_of(viewed: Viewed) -> Summary | None:
    """Its summary; None, and why, where the model can't take such an input."""
    try:
        return summary_data.of(viewed)
    except ThawError as error:
        notices.show(error, "error")
        return None


def find_summary(recipe: Recipe) -> Summary | None:
    """The model with the head for the recipe's data; None, and why, where it can't be."""
    return summary_of(viewed_of(recipe))


def head_of(summary: Summary) -> tuple[str, ...]:
    """Names of the new layers of the model that a summary is of."""
    return heads.head_paths(summary.model, summary.weights, summary.new_head)


def memory_to_train(recipe: Recipe, summary: Summary) -> MemoryEstimate:
    """What a step of the recipe takes; draws a warning where it is more than is free here."""
    from core.models import memory

    need = memory.training_memory(
        summary, recipe.freeze, head_of(summary), recipe.optimizer.name, at_once(recipe),
        recipe.optimizer.momentum, recipe.train,
    )
    if problem := memory.fits_here(need):
        notices.show(problem, "warning")
    return need


def at_once(recipe: Recipe) -> int:
    """Images of a batch that are computed at once: a part of them, where `parts` of it are."""
    return -(-recipe.loader.batch_size // parts(recipe))


def parts(recipe: Recipe) -> int:
    """Parts of a batch: each process has its share, and computes it in those of accumulation."""
    return recipe.train.processes * recipe.train.accumulate


def _size(recipe: Recipe) -> int:
    return recipe.transform.size or size_in_training(recipe.model.name, recipe.model.weights)


def _head(recipe: Recipe) -> tuple[int | None, HeadSpec]:
    """Outputs of the new head, and which it is; what can't be gets its sentence.

    None and any head where the pictures can't be found: the model is shown as it ships.
    """
    classes = _classes(recipe)
    if classes is None:
        return None, LINEAR_HEAD
    try:
        return heads.outputs_of(recipe.model.name, recipe.head, classes), recipe.head
    except ThawError as error:
        notices.show(error, "warning")
        return classes, recipe.head.model_copy(update={"outputs": "classes"})


def _classes(recipe: Recipe) -> int | None:
    """How many classes the data has; None where its pictures can't be found."""
    entry = datasets.find_dataset(recipe.data.name)
    if recipe.data.only:
        return len(recipe.data.only)
    if entry.classes is not None:
        return entry.classes
    try:
        return summary_data.classes_of(recipe.data.name, recipe.data.path)
    except ThawError as error:
        notices.show(error, "warning")
        return None
