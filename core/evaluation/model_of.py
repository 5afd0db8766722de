"""The model of a run at one of its checkpoints, ready to predict."""

from dataclasses import dataclass

from torch import nn

from core.data.transforms import Transforms
from core.messages import ThawError
from core.models.build import build_model
from core.models.heads import outputs_of
from core.models.load_state import fit_state
from core.recipe import Recipe
from core.runs.checkpoints import find_checkpoint
from core.runs.folder import Run
from core.training import checkpoint
from core.training.preparing import transforms_of


@dataclass(frozen=True)
class LoadedModel:
    """A model in eval mode on the CPU, with what its predictions mean.

    Attributes:
        classes: Names, in the order of the outputs; with one logit what it says no and yes to.
        epoch: Of the checkpoint.
        fingerprint: Of the data that it was trained on, or "".
        run: Whose it is, if it is of one.
    """

    model: nn.Module
    classes: tuple[str, ...]
    transforms: Transforms
    recipe: Recipe
    epoch: int
    fingerprint: str
    run: Run | None = None


def load_run_model(run: Run, which: str | int = "best") -> LoadedModel:
    """The model of a run at its "best" or "last" checkpoint, or at an epoch.

    Raises:
        ThawError: If the run has no such checkpoint, or the file is damaged or of another model.
    """
    path = find_checkpoint(run, which)
    content = checkpoint.load_checkpoint(path)
    recipe = run.recipe()
    classes = tuple(content.get("classes") or ())
    if not classes:
        raise ThawError("runs.no_class_names", file=path.name)
    model = build_model(
        recipe.model.name,
        recipe.model.weights,
        num_classes=outputs_of(recipe.model.name, recipe.head, len(classes)),
        new_head=recipe.head,
        from_scratch=True,  # the checkpoint has the weights
    ).model
    fit_state(model, content["model_state_dict"], recipe.model.name)
    return LoadedModel(
        model.eval(), classes, transforms_of(recipe), recipe, content.get("epoch", 0),
        content.get("data_fingerprint", ""), run,
    )
