"""The proof of freezing: how far each layer's weights are from where the run began.

The start is built again from the recipe, so nothing but the checkpoint had to be kept.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.evaluation.start_of_run import build_start
from core.messages import ThawError
from core.models.freeze_names import joined
from core.models.freezing import rows_of, ruling
from core.models.heads import head_paths
from core.models.load_state import fit_state
from core.recipe import Recipe
from core.runs.checkpoints import find_checkpoint
from core.runs.folder import Run
from core.training import checkpoint, stage_plan


@dataclass(frozen=True)
class LayerMovement:
    """One module with parameters of its own.

    Attributes:
        type: Name of its class.
        params: Held by the module itself.
        trains: Whether the run's plan lets any of them train.
        change: Norm of the difference over the norm at the start; over the norm at the end
            where the start was all zeros.
        statistics: The same of its BatchNorm statistics; None if it has none.
        same: Whether every parameter and buffer is bit for bit what it was.
        kept: Whether what the plan freezes in it is: frozen parameters of any layer, and the
            statistics of one that is frozen as a whole, unless the plan lets these drift.
        drifted: Whether the plan let them drift, and they did.
        gradient: Norm of the last step's gradient before the checkpoint; None where it had none
            or, in a checkpoint of an earlier version of Thaw, nobody looked.
        leaks: Whether something frozen in it had a gradient.
    """

    name: str
    type: str
    params: int
    trains: bool
    change: float
    statistics: float | None
    same: bool
    kept: bool
    drifted: bool
    gradient: float | None = None
    leaks: bool = False


@dataclass(frozen=True)
class Movement:
    """How far a checkpoint is from the start of its run.

    Attributes:
        epoch: Of the checkpoint.
        layers: In the order of the model.
        has_gradients: Whether the checkpoint says how large the gradients were.
    """

    epoch: int
    layers: tuple[LayerMovement, ...]
    has_gradients: bool = False

    @property
    def broken(self) -> tuple[LayerMovement, ...]:
        """Layers in which something frozen moved all the same: there must be none."""
        return tuple(layer for layer in self.layers if not layer.kept)

    @property
    def drifted(self) -> tuple[LayerMovement, ...]:
        """Frozen layers whose statistics moved because the plan wanted to see that."""
        return tuple(layer for layer in self.layers if layer.drifted)

    @property
    def leaking(self) -> tuple[LayerMovement, ...]:
        """Layers in which something frozen had a gradient: there must be none."""
        return tuple(layer for layer in self.layers if layer.leaks)

    @property
    def frozen(self) -> tuple[LayerMovement, ...]:
        """Layers that the plan keeps as they were."""
        return tuple(layer for layer in self.layers if not layer.trains)


def measure_movement(run: Run, which: str | int = "best") -> Movement:
    """Compares a checkpoint with the model that the run began with.

    Raises:
        ThawError: If the run has no such checkpoint, it is of another model, or the weights
            that the run began with can't be had any more.
    """
    path = find_checkpoint(run, which)
    content = checkpoint.load_checkpoint(path)
    classes = content.get("classes") or ()
    if not classes:
        raise ThawError("runs.no_class_names", file=path.name)
    recipe = run.present_recipe()
    start = build_start(recipe, len(classes))
    end = copy.deepcopy(start)
    fit_state(end, content["model_state_dict"], recipe.model.name)
    head = head_paths(recipe.model.name, recipe.model.weights, recipe.head)
    trained = _trained(start, recipe, head, content.get("epoch", 0))
    norms = content.get("gradient_norms")
    drifts = recipe.freeze.frozen_modules == "train"
    ends = dict(end.named_modules())
    return Movement(
        content.get("epoch", 0),
        tuple(
            _layer(name, module, ends[name], trained, norms or {}, drifts)
            for name, module in start.named_modules()
            if next(module.parameters(recurse=False), None) is not None
        ),
        has_gradients=norms is not None,
    )


def _trained(
    model: nn.Module, recipe: Recipe, head: Sequence[str], epoch: int
) -> frozenset[str]:
    """The parameters that train by the plan, or in a stage that was open in an epoch."""
    rows = rows_of(model)
    ruled = ruling(recipe.freeze, rows, head)
    closed = stage_plan.openable(rows, recipe.freeze, head)
    opens = stage_plan.openings(recipe.unfreezing, closed)
    found = {name for stage, first in opens.items() if first <= epoch for name in closed[stage]}
    names = [name for name, _ in model.named_parameters(remove_duplicate=False)]
    return frozenset(found.union(name for name in names if ruled.trains(name)))


def _layer(
    name: str, before: nn.Module, after: nn.Module, trained: frozenset[str],
    norms: Mapping[str, float], drifts: bool,
) -> LayerMovement:
    weights = _pairs(before.named_parameters(recurse=False), after)
    buffers = _pairs(before.named_buffers(recurse=False), after)
    names = [joined(name, own) for own, _ in before.named_parameters(recurse=False)]
    on = [own in trained for own in names]
    gradients = [norms[own] for own in names if own in norms]
    as_it_was = [torch.equal(old, new) for old, new in weights]
    still = all(torch.equal(old, new) for old, new in buffers)
    return LayerMovement(
        name=name,
        type=type(before).__name__,
        params=sum(old.numel() for old, _ in weights),
        trains=any(on),
        change=_relative(weights),
        statistics=_relative(buffers) if buffers else None,
        same=all(as_it_was) and still,
        kept=all(same for same, trains in zip(as_it_was, on, strict=True) if not trains)
        and (still or any(on) or drifts),
        drifted=drifts and not still and not any(on),
        gradient=math.hypot(*gradients) if gradients else None,
        leaks=any(own in norms and own not in trained for own in names),
    )


def _pairs(named, after: nn.Module) -> list[tuple[Tensor, Tensor]]:
    return [(old.detach(), getattr(after, name).detach()) for name, old in named]


def _relative(pairs: list[tuple[Tensor, Tensor]]) -> float:
    """Over all tensors together; a counter of batches (an integer) is no distance."""
    pairs = [(old.double(), new.double()) for old, new in pairs if old.is_floating_point()]

    def norm(tensors: list[Tensor]) -> float:
        return float(sum(tensor.square().sum() for tensor in tensors)) ** 0.5

    moved = norm([new - old for old, new in pairs])
    whole = norm([old for old, _ in pairs]) or norm([new for _, new in pairs])
    return moved / whole if moved else 0.0
