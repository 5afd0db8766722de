"""The chosen model as a recipe would train it: its head, its totals, its modules."""


from core.data import datasets
from core.messages import ThawError
from core.models import freezing, heads
from core.models.catalogue import ModelEntry, WeightsEntry, find_model, find_weights
from core.recipe import Recipe
from pages.widgets import notices
from pages.widgets.models import (
    head_change,
    summary_cards,
    summary_data,
    summary_table,
    torchsummary_panel,
)


def own_size(entry: ModelEntry, weights: WeightsEntry | None) -> int:
    """Side of the input that the weights were made for, in pixels."""
    return weights.crop_size if weights else entry.input_size


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


def show_summary(recipe: Recipe) -> None:
    """Draws totals and modules with the new head; an input too small gets its sentence."""
    from core.models import memory

    name, weights = recipe.model.name, recipe.model.weights
    size = recipe.transform.size or own_size(find_model(name), find_weights(name, weights))
    try:
        found = summary_data.summary(name, weights, size, _classes(recipe))
    except ThawError as error:
        notices.show(error, "error")
        return
    head = heads.head_paths(name, weights)
    need = memory.training_memory(
        found, recipe.freeze, head, recipe.optimizer.name, recipe.loader.batch_size
    )
    if problem := memory.fits_here(need):
        notices.show(problem, "warning")
    summary_cards.show(
        found.totals, freezing.counts(found.rows, recipe.freeze, head), need,
        recipe.loader.batch_size,
    )
    summary_table.show(found, freezing.tree_states(found.rows, recipe.freeze, head))
    torchsummary_panel.show(name, weights, size)


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
