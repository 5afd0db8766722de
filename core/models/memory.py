"""What training a model takes in memory, before anything is allocated."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from core import portable
from core.messages import Problem, ThawError
from core.models import catalogue, freezing
from core.recipe import FreezePlan, Recipe

if TYPE_CHECKING:
    from core.models.summary import Summary

_FLOAT = 4
# Buffers of a parameter's size that an optimiser keeps.
STATE_COPIES: dict[str, int] = {"sgd": 1, "adam": 2, "adamw": 2, "rmsprop": 2}


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes of one training step in float32.

    Left out: PyTorch itself (about 0.5 GB), the data, and working space of kernels.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """Their sum."""
        return self.weights + self.gradients + self.optimizer + self.activations


def training_memory(
    summary: "Summary", plan: FreezePlan, head: Sequence[str], optimizer: str, batch_size: int
) -> MemoryEstimate:
    """What one step takes under a freeze plan.

    The activations are those that autograd keeps for the backward pass, counted on the meta
    device: what lies before the first trainable layer keeps none.

    Args:
        head: Names of the last layers.
        optimizer: Key of `STATE_COPIES`.
    """
    trainable = freezing.counts(summary.rows, plan, head).trainable
    saved = _saved_bytes(
        summary.model, summary.weights, summary.input, summary.num_classes, plan, tuple(head)
    )
    return MemoryEstimate(
        weights=summary.totals.param_bytes,
        gradients=trainable * _FLOAT,
        optimizer=trainable * _FLOAT * STATE_COPIES[optimizer],
        activations=saved * batch_size,
    )


def fits_here(estimate: MemoryEstimate) -> Problem | None:
    """None, or why this machine's free memory is not enough."""
    free = portable.available_memory()
    if estimate.total <= free:
        return None
    return Problem("models.too_big", {"need": _gb(estimate.total), "free": _gb(free)})


def refuse_if_too_big(recipe: Recipe) -> None:
    """Checks a recipe by the catalogue's counts alone, without loading torch.

    Raises:
        ThawError: If weights, gradients and optimiser state alone are more than is free.
    """
    params = catalogue.find_model(recipe.model.name).params
    copies = 1
    if recipe.freeze.preset in ("all", "from_scratch"):
        copies += 1 + STATE_COPIES[recipe.optimizer.name]
    need, free = params * _FLOAT * copies, portable.available_memory()
    if need > free:
        raise ThawError("models.too_big", need=_gb(need), free=_gb(free))


@lru_cache(maxsize=500)
def _saved_bytes(
    name: str, weights: str, input_size: tuple[int, ...], num_classes: int | None,
    plan: FreezePlan, head: tuple[str, ...],
) -> int:
    """Bytes that autograd keeps for one picture, shared storages once, weights left out."""
    import torch

    from core.models.summary_skeleton import build_skeleton

    model = build_skeleton(name, catalogue.find_weights(name, weights), num_classes)
    freezing.apply_freeze(model, plan, head)
    freezing.train_mode(model)
    own = {id(tensor) for tensor in [*model.parameters(), *model.buffers()]}
    kept: dict[int, object] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if id(tensor) not in own and not isinstance(tensor, torch.nn.Parameter):
            kept[storage._cdata] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        # Two pictures: BatchNorm refuses one of a single pixel.
        outputs = model(torch.empty(2, *input_size, device="meta"))
    weights_kept = {p.untyped_storage()._cdata for p in [*model.parameters(), *model.buffers()]}
    del outputs
    return sum(s.nbytes() for key, s in kept.items() if key not in weights_kept) // 2


def _gb(bytes: int) -> str:
    return f"{bytes / 1e9:.1f} GB"
