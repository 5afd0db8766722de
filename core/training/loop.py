"""The training loop: epochs, steps, validation. All of it, to be read from top to bottom.

What happens around it (files, stop, logging) comes in through `Observer`; what it needs to go
on from any step lies in `Progress`.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from core.models.freezing import train_mode
from core.models.max_pooling import quick_max_pooling, quick_pools
from core.recipe import Recipe
from core.training.averaging import WeightAverage
from core.training.devices import autocast, memory_format_on, sent
from core.training.early_stopping import Best
from core.training.objective import logits_of, loss_of_logits, predicted
from core.training.optimisation import set_learning_rate
from core.training.progress import Progress
from core.training.ranks import ALONE, Ranks, SharedForward
from core.training.running_sums import RunningSums
from core.training.schedule import factor
from core.training.step import Inputs, Mixer, moved, train_step
from core.training.unfreezing import Opening, Unfreezing


class Data(Protocol):
    """The batches of a run."""

    steps_per_epoch: int

    def train(self, epoch: int, start_step: int) -> Iterable[tuple[Inputs, Tensor]]:
        """Batches of an epoch from a step on: float32 [B, 3, S, S] and int64 [B].

        In one of several processes the pictures are those that it computes; the targets are those
        of the whole batch.
        """

    def validation(self) -> Iterable[tuple[Inputs, Tensor]]:
        """Batches of the validation split, always in the same order."""


class Observer(Protocol):
    """What is told, and asked, while the loop runs."""

    def phase_began(self, phase: str) -> None: ...
    def stages_opened(self, progress: Progress, opening: Opening) -> None: ...
    def step_ended(self, progress: Progress, metrics: dict[str, float]) -> None: ...
    def epoch_ended(
        self, epoch: int, progress: Progress, train: "Score | None", val: "Score"
    ) -> None: ...
    def wish(self) -> Literal["go_on", "save", "stop"]: ...
    def save(self, progress: Progress) -> None: ...


@dataclass(frozen=True)
class Score:
    """Mean loss over samples, and the share of right answers in [0, 1]."""

    loss: float
    accuracy: float


class Stopped(Exception):
    """Somebody asked the run to stop; the progress is whole."""


@dataclass
class Training:
    """A run as torch objects.

    Attributes:
        model: On the device, frozen as the run has it by now.
        unfreezing: The stages that are opened on the way.
        forward: In place of the model's, where the data brings features instead of pictures.
        mixer: Mixes the pictures of each batch, and their targets.
        class_weight: [C], on the device: how much an image of each class counts.
        compiled: In place of the outputs where a step trains; validation runs as it is.
        average: Of the weights: what is validated and kept, where the recipe asks for it.
        ranks: The processes that train together; each has all of this.
        shared: In place of the outputs where a step of several processes trains.
    """

    recipe: Recipe
    model: nn.Module
    optimizer: Optimizer
    scaler: torch.amp.GradScaler
    device: torch.device
    data: Data
    progress: Progress
    unfreezing: Unfreezing
    forward: Callable[[Inputs], Any] | None = None
    mixer: Mixer | None = None
    class_weight: Tensor | None = None
    average: WeightAverage | None = None
    compiled: Callable[[Inputs], Any] | None = None
    ranks: Ranks = ALONE
    shared: SharedForward | None = None

    @property
    def memory_format(self) -> torch.memory_format:
        """How pictures and weights lie in memory."""
        return memory_format_on(self.device, self.recipe.train.memory_format)

    @cached_property
    def pooling(self) -> AbstractContextManager[None]:
        """In which the forward pass of a step runs."""
        return nullcontext() if self.compiled else quick_pools(self.model)

    def outputs(self, inputs: Inputs) -> Any:
        """What the model gives, in training mode with its auxiliary classifiers."""
        return self.model(inputs) if self.forward is None else self.forward(inputs)


def fit(training: Training, observer: Observer) -> None:
    """Trains to the last epoch, or until early stopping ends the run.

    Raises:
        Stopped: If the observer wished it; the progress holds the last step.
        ThawError: If the loss is no longer finite.
    """
    progress, recipe = training.progress, training.recipe
    began = time.perf_counter() - progress.seconds
    if progress.epoch == 0:
        observer.phase_began("first_validation")
        val = validate(training)
        progress.begin_epoch(1)
        observer.epoch_ended(0, progress, None, val)
    while progress.epoch <= recipe.train.epochs:
        if progress.early_stopping.is_over(recipe.early_stopping):
            return
        epoch = progress.epoch
        # In the middle of an epoch too: there only where a resumed run was told to open more.
        if opening := training.unfreezing.open_due(training.optimizer, epoch):
            observer.stages_opened(progress, opening)
        observer.phase_began("training")
        train = train_epoch(training, observer, began)
        observer.phase_began("validation")
        val = validate(training)
        progress.seconds = time.perf_counter() - began
        progress.early_stopping = progress.early_stopping.after(
            Best(epoch, progress.step, val.loss, val.accuracy), recipe.early_stopping
        )
        progress.plateau = progress.plateau.after(val.loss, recipe.schedule)
        # Before it is saved: the checkpoint of a finished epoch goes on with the next one.
        progress.begin_epoch(epoch + 1)
        observer.epoch_ended(epoch, progress, train, val)
        if epoch < recipe.train.epochs and observer.wish() == "stop":
            raise Stopped


def train_epoch(training: Training, observer: Observer, began: float) -> Score:
    """The steps of one epoch that are still to be made.

    Args:
        began: `time.perf_counter()` when the run's seconds were zero.

    Returns:
        Loss and accuracy over the whole epoch, measured while it trained.

    Raises:
        Stopped: If the observer wished it, after a whole step.
        ThawError: If the loss is no longer finite.
    """
    progress, recipe, data = training.progress, training.recipe, training.data
    # As model.train(), but what is frozen stays in eval() unless the plan wants to see it drift.
    train_mode(training.model, recipe.freeze.frozen_modules)
    if training.average:
        training.average.follow()
    sums = RunningSums(progress, training.device, training.ranks)
    for inputs, targets in data.train(progress.epoch, progress.step_in_epoch):
        scale = factor(
            recipe.schedule, progress.place(data.steps_per_epoch), data.steps_per_epoch,
            recipe.train.epochs, drops=progress.plateau.drops,
        )
        set_learning_rate(training.optimizer, scale)
        loss, correct = train_step(training, inputs, targets)
        sums.add(loss, correct, len(targets))
        progress.step += 1
        if training.average:
            training.average.update(progress.step)
        progress.step_in_epoch += 1
        progress.samples += len(targets)
        progress.seconds = time.perf_counter() - began
        if progress.step % recipe.train.log_every == 0:
            rate = recipe.optimizer.lr * scale  # of the head; the other stages follow it
            observer.step_ended(progress, {**sums.record(), "lr": rate})
        left = progress.steps_left(data.steps_per_epoch)
        if left > 0 and (wish := observer.wish()) != "go_on":
            sums.read()
            if wish == "stop":
                raise Stopped
            observer.save(progress)
    sums.read()
    return Score(progress.loss_sum / progress.seen, progress.correct / progress.seen)


@torch.no_grad()
def validate(training: Training) -> Score:
    """Loss (without label smoothing) and accuracy over the validation split, in eval mode.

    Of the averaged weights where there are some. The sums stay on the device until the end; each
    of several processes validates its share of the batches.
    """
    training.model.eval()
    training.ranks.share_buffers(training.model)
    device, seen = training.device, 0
    dtype = torch.float32 if device.type == "mps" else torch.float64  # MPS has no float64
    loss_sum = torch.zeros((), dtype=dtype, device=device)
    correct = torch.zeros((), dtype=torch.int64, device=device)
    precision, pooling = training.recipe.train.precision, quick_max_pooling(training.model)
    with training.average.in_the_model() if training.average else nullcontext():
        for inputs, targets in training.data.validation():
            inputs = moved(inputs, device, training.memory_format)
            targets = sent(targets, device)
            with autocast(device, precision), pooling:
                logits = logits_of(training.outputs(inputs))
            loss_sum += loss_of_logits(logits, targets, reduction="sum")
            correct += (predicted(logits) == targets).sum()
            seen += len(targets)
    loss, right, images = training.ranks.totals(loss_sum, correct, seen)
    return Score(loss / images, right / images)
