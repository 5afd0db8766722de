"""What running and training a model takes in memory, before anything is allocated."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from core import portable
from core.messages import Problem, ThawError
from core.models import catalogue, freezing
from core.recipe import FreezePlan, HeadSpec, Recipe, TrainSpec
from core.training.optimizer_table import OPTIMIZERS

if TYPE_CHECKING:
    from core.models.data_dependent import Found
    from core.models.kept_for_backward import Kept
    from core.models.summary import Summary

_FLOAT = 4
# Buffers of a parameter's size that an optimiser keeps.
STATE_COPIES: dict[str, int] = {entry.name: entry.copies for entry in OPTIMIZERS.values()}


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes of one training step, of each process where several train together.

    Left out, and said to a person by the message `models.memory_leaves_out`: PyTorch and CUDA
    themselves, the data, and the working space of kernels.

    Attributes:
        weights: Parameters and buffers.
        gradients: Of what trains.
        optimizer: What it keeps for what trains.
        activations: What autograd keeps for the backward pass; 0 for a detector, which can't
            train without the boxes of its pictures.
        copies: Of weights in 16 bits, which the backward pass needs where autocast made them.
        average: Of the weights that train (EMA).
        shared: Gradients as DDP gathers them for the other processes.
        half: Whether it computes in 16 bits.
        processes: That take so much each of this machine's memory; 1 where each has a GPU's.
        on_gpu: Whether it is the memory of an NVIDIA GPU; Apple's share that of the machine.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int
    copies: int = 0
    average: int = 0
    shared: int = 0
    half: bool = False
    processes: int = 1
    on_gpu: bool = False

    @property
    def total(self) -> int:
        """Their sum."""
        return sum((
            self.weights, self.gradients, self.optimizer, self.activations, self.copies,
            self.average, self.shared,
        ))

    @property
    def left_out(self) -> Problem:
        """What is not counted, and in which precision the rest is."""
        return Problem("models.memory_leaves_out_half" if self.half else "models.memory_leaves_out")


def training_memory(
    summary: "Summary",
    plan: FreezePlan | None,
    head: Sequence[str],
    optimizer: str,
    batch_size: int,
    momentum: float | None = None,
    train: TrainSpec | None = None,
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
        train: Of a recipe: its precision, its average and its processes count. None: float32, no
            average, one process.
    """
    trainable = summary.totals.trainable
    if plan is not None:
        trainable = freezing.counts(summary.rows, plan, head).trainable
    gradients, state = update_memory(trainable, optimizer, momentum)
    half, on_gpu = _computes(train) if train else (False, False)
    kept = _kept(
        summary.model, summary.weights, summary.input, summary.num_classes, plan, tuple(head),
        summary.new_head, half,
    )
    shared = train is not None and train.processes > 1
    return MemoryEstimate(
        weights=summary.totals.param_bytes,
        gradients=gradients,
        optimizer=state,
        activations=kept.activations * batch_size + kept.once if kept else 0,
        copies=kept.copies if kept else 0,
        average=gradients if train and train.ema is not None else 0,
        shared=gradients if shared else 0,
        half=half,
        processes=train.processes if shared and not on_gpu else 1,
        on_gpu=on_gpu,
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
    """None, or why this machine's free memory is not enough.

    None of a GPU's: what is free there would have to be asked of a GPU that is awake.
    """
    need, free = estimate.total * estimate.processes, portable.available_memory()
    if estimate.on_gpu or need <= free:
        return None
    return Problem("models.too_big", {"need": need / 1e9, "free": free / 1e9})


def refuse_if_too_big(recipe: Recipe) -> None:
    """Checks a recipe by the catalogue's counts and its head's widths, without loading torch.

    Raises:
        ThawError: If the weights, and what is kept beside each that trains, are more than is free.
    """
    params = catalogue.find_model(recipe.model.name).params
    optimizer = recipe.optimizer.name, recipe.optimizer.momentum
    train = recipe.train
    # Beside a parameter that trains: gradient and state, its average, what DDP gathers.
    beside = sum(update_memory(1, *optimizer)) // _FLOAT + (train.ema is not None)
    beside += train.processes > 1
    between = _between_widths(recipe.head)  # a new head trains under every plan
    everything = recipe.freeze.preset in ("all", "from_scratch")
    need = _FLOAT * (params + between + beside * (between + params * everything))
    if train.device == "cpu":  # each has its own; "auto" may come to a GPU for each
        need *= train.processes
    free = portable.available_memory()
    if need > free:
        raise ThawError("models.too_big", need=need / 1e9, free=free / 1e9)


def _between_widths(head: HeadSpec) -> int:
    """Parameters between the hidden layers of a head: nearly all that wide ones have."""
    if head.kind != "mlp":
        return 0
    return sum((one + 1) * other for one, other in pairwise(head.hidden))


def _computes(train: TrainSpec) -> tuple[bool, bool]:
    """Whether a recipe computes in 16 bits here, and whether on a GPU of NVIDIA's; none wakes."""
    from core.training import devices

    device = train.device
    if device == "auto":
        device = devices.choose_device(device).type
    half = train.precision == "auto" and device == "cuda"  # bfloat16 or float16, by the GPU
    return half or train.precision in ("bfloat16", "float16"), device == "cuda"


@lru_cache(maxsize=500)
def _kept(
    name: str, weights: str, input_size: tuple[int, ...], num_classes: int | None,
    plan: FreezePlan | None, head: tuple[str, ...], new_head: HeadSpec, half: bool,
) -> "Kept | None":
    """What autograd keeps; None of a detector."""
    from core.models.fused_attention import use_fused_attention
    from core.models.kept_for_backward import BATCH, kept_of
    from core.models.summary import inputs_of
    from core.models.summary_skeleton import build_skeleton

    entry = catalogue.find_any_model(name)
    if entry.task == "detection":
        return None
    model = build_skeleton(name, entry.find_weights(weights), num_classes, new_head)
    use_fused_attention(model)
    if plan is not None:
        freezing.freeze_known(model, plan, head)
    freezing.train_mode(model, plan.frozen_modules if plan else "eval")
    try:
        return kept_of(model, inputs_of(entry.task, input_size, batch_size=BATCH), half=half)
    except RuntimeError as error:  # an auxiliary head wants more pixels than the model itself
        size, why = "×".join(map(str, input_size)), " ".join(str(error).split())[:160]
        raise ThawError("models.input_refused", model=name, size=size, why=why) from None


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
