"""What would end a run before its first step, found on the meta device: nothing is downloaded."""

from core.models import catalogue, memory
from core.models.freeze_names import check_names
from core.models.freezing import rows_of
from core.models.heads import head_paths, refuse_head
from core.models.stages import stages
from core.models.summary import summarize
from core.models.summary_skeleton import build_skeleton
from core.recipe import Recipe
from core.training import stage_plan

_ANY = 2  # outputs: how many there will be is known with the data, and changes no name


def check(recipe: Recipe) -> None:
    """Refuses a recipe that can't be trained.

    Raises:
        ThawError: As `refuse_head`, `refuse_input` and `refuse_names`.
    """
    refuse_head(recipe.model.name, recipe.head)
    refuse_input(recipe)
    refuse_names(recipe)


def refuse_input(recipe: Recipe) -> None:
    """Checks the input size; the weights' own fits in any case.

    Raises:
        ThawError: If the model, or an auxiliary head that learns beside it, can't take it.
    """
    if size := recipe.transform.size:
        name, weights = recipe.model.name, recipe.model.weights
        summary = summarize(name, weights, input_size=(3, size, size), num_classes=_ANY,
                            new_head=recipe.head)
        # In training mode too: auxiliary heads want more pixels than the model itself.
        memory.training_memory(
            summary, None, head_paths(name, weights, recipe.head), recipe.optimizer.name,
            recipe.loader.batch_size,
        )


def refuse_names(recipe: Recipe) -> None:
    """Checks the names in the freeze plan and in the openings.

    Raises:
        ThawError: If one of them is none of the model's.
    """
    name, weights = recipe.model.name, recipe.model.weights
    model = build_skeleton(name, catalogue.find_weights(name, weights), _ANY, recipe.head)
    rows = rows_of(model)
    check_names(recipe.freeze, rows, head_paths(name, weights, recipe.head))
    opened = [stage for stage, _ in recipe.unfreezing.at]
    stage_plan.refuse_unknown(opened, stages(rows), name)
