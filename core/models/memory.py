"""What running and training a model takes in memory, before anything is allocated."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from core import portable
from core.messages import Problem, ThawError
from core.models import catalogue, freezing
from core.recipe import FreezePlan, HeadSpec, Recipe
from core.training.optimizer_table import OPTIMIZERS

if TYPE_CHECKING:
    from core.models.data_dependent import Found
    from core.models.summary import Summary

_FLOAT = 4
# Buffers of a parameter's size that an optimiser keeps.
STATE_COPIES: dict[str, int] = {entry.name: entry.copies for entry in OPTIMIZERS.values()}


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes of one training step in float32.

    Left out, and said to a person by the message `models.memory_leaves_out`: PyTorch and CUDA
    themselves, the data, and the working space of kernels.

    Attributes:
        weights: Parameters and buffers.
        gradients: Of what trains.
        optimizer: What it keeps for what trains.
        activations: What autograd keeps for the backward pass; 0 for a detector, which can't
            train without the boxes of its pictures.
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
    summary: "Summary",
    plan: FreezePlan | None,
    head: Sequence[str],
    optimizer: str,
    batch_size: int,
    momentum: float | None = None,
) -> MemoryEstimate:
    """What one step takes under a freeze plan.

    The activations are those that autograd keeps for the backward pass, counted on the meta
    device: what lies before the first trainable layer keeps none.

    Args:
        plan: None for a model that trains as it comes, of any task.
        head: Names of the last layers.
        optimizer: Key of `STATE_COPIES`.
        batch_size: Of what is computed at once: a part, where a batch is computed in parts.
        momentum: As `update_memory` takes it.
    """
    trainable = summary.totals.trainable
    if plan is not None:
        trainable = freezing.counts(summary.rows, plan, head).trainable
    gradients, kept = update_memory(trainable, optimizer, momentum)
    saved = _saved_bytes(
        summary.model, summary.weights, summary.input, summary.num_classes, plan, tuple(head),
        summary.new_head,
    )
    return MemoryEstimate(
        weights=summary.totals.param_bytes,
        gradients=gradients,
        optimizer=kept,
        activations=saved * batch_size,
    )


def update_memory(
    trainable: int, optimizer: str, momentum: float | None = None
) -> tuple[int, int]:
    """Bytes of the gradients, and of what the optimiser keeps, for so many parameters.

    Args:
        momentum: Of an optimiser that takes it; with 0 it keeps one buffer less. None: not 0.
    """
    copies = STATE_COPIES[optimizer] - (OPTIMIZERS[optimizer].momentum and momentum == 0)
    return trainable * _FLOAT, trainable * _FLOAT * copies


def forward_memory(summary: "Summary", batch_size: int) -> int:
    """Bytes of activations that are alive at once, at most, while a model only predicts.

    Of a forward pass under `no_grad`, where each is freed once nothing needs it any more; the
    input counts. Without the weights, and without what `models.memory_leaves_out` names.
    """
    return batch_size * _alive_bytes(
        summary.model, summary.weights, summary.input, summary.num_classes, summary.found,
        summary.new_head,
    )


def fits_here(estimate: MemoryEstimate) -> Problem | None:
    """None, or why this machine's free memory is not enough."""
    free = portable.available_memory()
    if estimate.total <= free:
        return None
    return Problem("models.too_big", {"need": _gb(estimate.total), "free": _gb(free)})


def refuse_if_too_big(recipe: Recipe) -> None:
    """Checks a recipe by the catalogue's counts and its head's widths, without loading torch.

    Raises:
        ThawError: If weights, gradients and optimiser state alone are more than is free.
    """
    params = catalogue.find_model(recipe.model.name).params
    optimizer = recipe.optimizer.name, recipe.optimizer.momentum
    copies = 1
    if recipe.freeze.preset in ("all", "from_scratch"):
        copies += sum(update_memory(1, *optimizer)) // _FLOAT
    between = _between_widths(recipe.head)
    need = params * _FLOAT * copies + between * _FLOAT + sum(
        update_memory(between, *optimizer)  # a new head trains under every plan
    )
    free = portable.available_memory()
    if need > free:
        raise ThawError("models.too_big", need=_gb(need), free=_gb(free))


def _between_widths(head: HeadSpec) -> int:
    """Parameters between the hidden layers of a head: nearly all that wide ones have."""
    if head.kind != "mlp":
        return 0
    return sum((one + 1) * other for one, other in pairwise(head.hidden))


@lru_cache(maxsize=500)
def _saved_bytes(
    name: str, weights: str, input_size: tuple[int, ...], num_classes: int | None,
    plan: FreezePlan | None, head: tuple[str, ...], new_head: HeadSpec,
) -> int:
    """Bytes that autograd keeps for one input, shared storages once, weights left out."""
    import torch

    from core.models.fused_attention import use_fused_attention
    from core.models.summary import inputs_of
    from core.models.summary_skeleton import build_skeleton

    entry = catalogue.find_any_model(name)
    if entry.task == "detection":
        return 0
    model = build_skeleton(name, entry.find_weights(weights), num_classes, new_head)
    use_fused_attention(model)
    if plan is not None:
        freezing.freeze_known(model, plan, head)
    freezing.train_mode(model, plan.frozen_modules if plan else "eval")
    own = {id(tensor) for tensor in [*model.parameters(), *model.buffers()]}
    kept: dict[int, object] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if id(tensor) not in own and not isinstance(tensor, torch.nn.Parameter):
            kept[storage._cdata] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        try:  # two inputs: BatchNorm refuses one of a single pixel
            outputs = model(*inputs_of(entry.task, input_size, batch_size=2))
        except RuntimeError as error:  # an auxiliary head wants more pixels than the model itself
            size, why = "×".join(map(str, input_size)), " ".join(str(error).split())[:160]
            raise ThawError("models.input_refused", model=name, size=size, why=why) from None
    weights_kept = {p.untyped_storage()._cdata for p in [*model.parameters(), *model.buffers()]}
    del outputs
    return sum(s.nbytes() for key, s in kept.items() if key not in weights_kept) // 2


@lru_cache(maxsize=500)
def _alive_bytes(
    name: str, weights: str, input_size: tuple[int, ...], num_classes: int | None,
    found: "Found | None", new_head: HeadSpec,
) -> int:
    """The most bytes of tensors that live at once in one forward pass of one input."""
    from core.models.alive import Alive
    from core.models.summary import inputs_of
    from core.models.summary_skeleton import build_skeleton
    from core.models.trace import run

    entry = catalogue.find_any_model(name)
    model = build_skeleton(name, entry.find_weights(weights), num_classes, new_head)
    with Alive([*model.parameters(), *model.buffers()]) as alive:
        run(model, inputs_of(entry.task, input_size), found=found)
    return alive.most


def _gb(bytes: int) -> str:
    return f"{bytes / 1e9:.1f} GB"
