"""The view Summary: the model's totals and its modules in a table."""

from core.models import freezing, heads
from pages.widgets.models import model_view, summary_cards, summary_table
from pages.widgets.models.viewed import Viewed


def show(viewed: Viewed) -> None:
    """Draws totals and modules; an input that the model can't take gets its sentence."""
    recipe = viewed.recipe
    found = model_view.find_summary(recipe)
    if found is None:
        return
    head = heads.head_paths(viewed.entry.name, viewed.weights)
    need = model_view.memory_to_train(recipe, found)
    summary_cards.show(
        found.totals, freezing.counts(found.rows, recipe.freeze, head), need,
        recipe.loader.batch_size,
    )
    summary_table.show(found, freezing.tree_states(found.rows, recipe.freeze, head))
