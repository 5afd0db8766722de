"""The model that a run began with, built again from its recipe: the weights entry, or the seed.

So nothing but checkpoints has to be kept to compare before and after.
"""

from torch import nn

from core.evaluation.model_of import LoadedModel
from core.messages import ThawError
from core.models.build import build_model
from core.models.heads import outputs_of
from core.recipe import Recipe
from core.runs.checkpoints import find_checkpoint
from core.runs.folder import Run
from core.training import checkpoint
from core.training.preparing import transforms_of

EPOCH = 0  # of a model that no step was made with


def build_start(recipe: Recipe, classes: int) -> nn.Module:
    """The model before the first step, in train mode on the CPU, to the bit what the run had.

    Args:
        recipe: Of the run.
        classes: How many the data has.

    Raises:
        ThawError: If the weights that it begins with can't be had any more.
    """
    model = recipe.model
    try:
        return build_model(
            model.name,
            model.weights,
            num_classes=outputs_of(model.name, recipe.head, classes),
            new_head=recipe.head,
            seed=recipe.train.seed,
            from_scratch=recipe.freeze.preset == "from_scratch",
        ).model
    except ThawError as error:
        if error.problem.id != "models.no_network":
            raise
        why = error.problem.values["why"]
        raise ThawError(
            "runs.start_gone", model=model.name, weights=model.weights, why=why
        ) from None


def load_start(run: Run, which: str | int = "best") -> LoadedModel:
    """The model before the first step, ready to predict as `load_run_model` gives a checkpoint.

    Args:
        run: With at least one checkpoint, which knows the classes and the data.
        which: That checkpoint.

    Raises:
        ThawError: If the run has no such checkpoint, the file is damaged, or the weights that
            the run began with can't be had any more.
    """
    path = find_checkpoint(run, which)
    content = checkpoint.load_checkpoint(path)
    classes = tuple(content.get("classes") or ())
    if not classes:
        raise ThawError("runs.no_class_names", file=path.name)
    recipe = run.recipe()
    return LoadedModel(
        build_start(recipe, len(classes)).eval(), classes, transforms_of(recipe), recipe, EPOCH,
        content.get("data_fingerprint", ""), run,
    )
