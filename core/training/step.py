"""One update: forward, backward, the optimiser's step."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from torchvision.transforms import v2

from core.messages import ThawError
from core.recipe import TrainSpec
from core.seeds import seed_for
from core.training.devices import autocast, seed, sent
from core.training.not_finite import where_it_began
from core.training.objective import logits_of, loss_of, predicted
from core.training.optimizer_state import begin_momentum
from core.training.ranks import ALONE, Ranks

if TYPE_CHECKING:
    from core.training.loop import Training

Inputs = Tensor | tuple[Tensor, ...]  # pictures, or what the frozen part makes of them
Mixer = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
_NOTHING = 0.0  # the share of a process that a batch does not reach

# Zhang et al. 2018 and Yun et al. 2019, with the strengths of torchvision's reference training.
_MIXERS: dict[str, Callable[[int], v2.Transform]] = {
    "mixup": lambda classes: v2.MixUp(num_classes=classes, alpha=0.2),
    "cutmix": lambda classes: v2.CutMix(num_classes=classes, alpha=1.0),
    "either": lambda classes: v2.RandomChoice(
        [_MIXERS["mixup"](classes), _MIXERS["cutmix"](classes)]
    ),
}


def train_step(training: Training, inputs: Inputs, targets: Tensor) -> tuple[Tensor, Tensor]:
    """One update.

    Args:
        inputs: [B, 3, S, S], float32, or features of pictures, each [B, ...]; in one of several
            processes its own rows, or all where pictures are mixed with one another.
        targets: [B], int64, of the whole batch.

    Returns:
        Mean loss and number of right answers, both on the device; in one of several processes its
        part of both. Nothing here waits for a GPU, but for `looks_at_each_loss`, for Adafactor, for
        BatchNorm over all processes, and for the scaler of float16 with an optimiser that has no
        fused form.

    Raises:
        ThawError: If the loss is looked at and no longer finite; nothing was updated then.
    """
    recipe, progress, ranks = training.recipe, training.progress, training.ranks
    inputs = moved(inputs, training.device, training.memory_format)
    targets = sent(targets, training.device)
    # Dropout and stochastic depth draw from (seed, epoch, step): a resumed run draws the same.
    address = recipe.train.seed, progress.epoch, progress.step
    seed(training.device, seed_for("dropout", *address))
    if training.mixer:
        inputs, targets = training.mixer(inputs, targets)
        inputs = ranks.own(inputs)
    if ranks.rank > 0:  # other pictures, other draws
        seed(training.device, seed_for("dropout", *address, ranks.rank))
    training.optimizer.zero_grad(set_to_none=True)
    losses, correct = [], []
    looks, bad = looks_at_each_loss(training), None
    parts = list(_parts(inputs, targets, training.class_weight, recipe.train, ranks))
    for number, (some, asked, share) in enumerate(parts, 1):
        with _gradients_of(training, is_last=number == len(parts)):
            with autocast(training.device, recipe.train.precision), training.pooling:
                outputs = (training.shared or training.compiled or training.outputs)(some)
                loss = loss_of(
                    outputs, asked, recipe.train.label_smoothing, training.class_weight
                )
            if looks and bad is None and not loss.isfinite():
                bad = some
            loss = loss if share is None else loss * share
            training.scaler.scale(ranks.whole(loss)).backward()
        losses.append(loss.detach())
        right = (predicted(logits_of(outputs)) == _likeliest(asked)).sum()
        correct.append(right * 0 if share is _NOTHING else right)
    if looks:
        _require_finite(training, bad)
    if recipe.train.clip_norm is not None:
        training.scaler.unscale_(training.optimizer)
        groups = training.optimizer.param_groups
        clip_grad_norm_([p for group in groups for p in group["params"]], recipe.train.clip_norm)
    if training.scaler.is_enabled():
        begin_momentum(training.optimizer)
    training.scaler.step(training.optimizer)
    training.scaler.update()
    return sum(losses), sum(correct)


def looks_at_each_loss(training: Training) -> bool:
    """Whether each loss is looked at before its step, which alone tells where NaN began.

    On a GPU looking is waiting, and several processes wait for one another: only where the recipe
    reads the loss of each step anyway. Elsewhere the sums of the epoch find it out. BatchNorm over
    all processes could not run again in one of them alone.
    """
    spec, ranks = training.recipe.train, training.ranks
    if ranks.size == 1 and training.device.type == "cpu":
        return True
    return spec.log_every == 1 and not (ranks.size > 1 and spec.sync_batchnorm)


def _require_finite(training: Training, bad: Inputs | None) -> None:
    """Ends a step, in all processes, where one has had a loss that is not finite.

    Args:
        bad: What gave it here, in one of the parts of the batch.

    Raises:
        ThawError: With the step, and the layer where it began.
    """
    said = ""
    if bad is not None:
        began = where_it_began(
            training.model, lambda: training.outputs(bad), training.progress.step + 1
        )
        said = json.dumps([began.id, began.values])
    if said := training.ranks.first_said(said):
        id, values = json.loads(said)
        raise ThawError(id, **values)


def mixer_of(spec: TrainSpec, classes: int) -> Mixer | None:
    """What mixes the pictures of a batch: [B, 3, S, S] and [B] to as many, and [B, C]."""
    return _MIXERS[spec.mix](classes) if spec.mix != "none" else None


def class_weight_of(spec: TrainSpec, targets: Tensor, classes: int) -> Tensor | None:
    """[C]: how much an image of each class counts; balanced: each class as much as any other.

    The weights of scikit-learn's `compute_class_weight("balanced")`, their mean over the images
    is 1. A class without a training image has weight 0.
    """
    if spec.class_weights == "none":
        return None
    counts = torch.bincount(targets, minlength=classes)
    present = (counts > 0).sum()
    weights = len(targets) / (present * counts.clamp(min=1))
    return torch.where(counts > 0, weights, 0.0).float()


def moved(inputs: Inputs, device: torch.device, memory_format: torch.memory_format) -> Inputs:
    """The same on the device; what has rows and columns lies in memory as the model's weights do.

    They are copied as they came and turned there: a GPU does it faster.
    """
    if not isinstance(inputs, Tensor):
        return tuple(moved(feature, device, memory_format) for feature in inputs)
    inputs = sent(inputs, device)
    if memory_format == torch.channels_last and inputs.dim() == 4:
        return inputs.contiguous(memory_format=torch.channels_last)
    return inputs


def _gradients_of(training: Training, *, is_last: bool) -> AbstractContextManager[None]:
    """Where a part of a batch is computed: only the last one shares the gradients of all."""
    return nullcontext() if is_last or not training.shared else training.shared.not_yet()


def _parts(
    inputs: Inputs, targets: Tensor, weight: Tensor | None, spec: TrainSpec, ranks: Ranks = ALONE
) -> Iterator[tuple[Inputs, Tensor, Tensor | float | None]]:
    """A batch in parts that are computed one after another, each with its share of the loss.

    The gradients add up to those of the whole batch, and only a part's activations are held. Of
    several processes each has the parts of its own rows, all of them as many: where BatchNorm goes
    over all processes they meet in each part.

    Args:
        inputs: Of the process's own rows.
        targets: Of the whole batch.
    """
    if spec.accumulate == 1 and ranks.size == 1:
        yield inputs, targets, None
        return
    whole, own = _mass(targets, weight), targets[ranks.rows(len(targets))]
    if not len(own):
        yield inputs, targets[:1], _NOTHING
        return
    divided, count = Tensor.chunk, spec.accumulate
    if ranks.size > 1:
        divided, count = Tensor.tensor_split, min(count, max(len(targets) // ranks.size, 1))
    wanted = divided(own, count)
    if isinstance(inputs, Tensor):
        pictures = divided(inputs, count)
    else:
        pictures = zip(*(divided(one, count) for one in inputs), strict=True)
    for some, asked in zip(pictures, wanted, strict=True):
        yield some, asked, _mass(asked, weight) / whole


def _mass(targets: Tensor, weight: Tensor | None) -> Tensor | float:
    """What the mean loss of these targets is divided by."""
    hard = targets.dim() == 1
    return weight[targets].sum() if weight is not None and hard else float(len(targets))


def _likeliest(targets: Tensor) -> Tensor:
    """[B] of classes, or of mixtures of classes [B, C]."""
    return targets if targets.dim() == 1 else targets.argmax(1)
