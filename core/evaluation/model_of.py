"""The model of a run at one of its checkpoints, ready to predict."""

from dataclasses import dataclass

import torch
from torch import nn

from core.data.transforms import Transforms
from core.messages import ThawError
from core.models.build import build_model
from core.recipe import Recipe
from core.runs.checkpoints import find_checkpoint
from core.runs.folder import Run
from core.training import checkpoint
from core.training.worker import transforms_of


@dataclass(frozen=True)
class LoadedModel:
    """A model in eval mode on the CPU, with what its predictions mean.

    Attributes:
        classes: Name of each output.
        epoch: Of the checkpoint.
    """

    model: nn.Module
    classes: tuple[str, ...]
    transforms: Transforms
    recipe: Recipe
    epoch: int
    fingerprint: str


def load_run_model(run: Run, which: str | int = "best") -> LoadedModel:
    """The model of a run at its "best" or "last" checkpoint, or at an epoch.

    Raises:
        ThawError: If the run has no such checkpoint, or the file is damaged or of another model.
    """
    content = checkpoint.load_checkpoint(find_checkpoint(run, which))
    recipe = run.recipe()
    classes = tuple(content.get("classes") or ())
    model = build_model(
        recipe.model.name,
        recipe.model.weights,
        num_classes=len(classes) or None,
        dropout=recipe.head.dropout,
        from_scratch=True,  # the checkpoint has the weights
    ).model
    fit_state(model, content["model_state_dict"], recipe.model.name)
    return LoadedModel(
        model.eval(), classes, transforms_of(recipe), recipe, content["epoch"],
        content.get("data_fingerprint", ""),
    )


def fit_state(model: nn.Module, state: dict[str, torch.Tensor], name: str) -> None:
    """Loads a state dict, or says in one sentence why it is not this model's.

    Raises:
        ThawError: If names or shapes differ; nothing is loaded then.
    """
    own = model.state_dict()
    fitting = [key for key in own if key in state and state[key].shape == own[key].shape]
    if len(fitting) == len(own) == len(state):
        model.load_state_dict(state)
        return
    differing = next(
        (key for key in own if key in state and state[key].shape != own[key].shape), None
    )
    if differing:
        raise ThawError(
            "runs.other_shape", fitting=len(fitting), all=len(own), model=name, layer=differing,
            saved="×".join(map(str, state[differing].shape)),
            needed="×".join(map(str, own[differing].shape)),
        )
    raise ThawError("runs.other_model", fitting=len(fitting), all=len(own), model=name)
