"""The learning rate range test over the real training of a recipe; nothing of it is kept."""

from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path

from torch import Tensor

from core.messages import ThawError
from core.models.freezing import train_mode
from core.recipe import Recipe
from core.runs import folder
from core.training import lr_curve, preparing
from core.training.loop import Training
from core.training.lr_finder_process import Found
from core.training.optimisation import group_figures, set_learning_rate
from core.training.report import RunReport
from core.training.step import Inputs, train_step


def find(recipe: Recipe, place: Path, say: Callable[[str], None]) -> Found:
    """Trains while the rate rises from 1e-7 to 10, or until the loss is beyond mending.

    The model, its frozen part, the batches and the optimiser are those of a run of the recipe;
    stages keep their factors, so the rate is the head's. Its schedule and warm-up are left out,
    for the rise takes their place.

    Args:
        place: A folder for everything that is written, to be thrown away.
        say: Told "preparing" and, each step, "step N".

    Raises:
        ThawError: As a run of the recipe would.
    """
    say("preparing")
    run = folder.create_run(_alone(recipe), root=place)
    training = preparing.prepare(run, 1, RunReport(run, 1, lambda _line: None))
    rates, losses = _rise(training, say)
    curve = lr_curve.suggest(rates, losses)
    return Found(
        rates=tuple(rates), losses=tuple(losses), smoothed=curve.smoothed, rate=curve.rate,
        why_not=curve.why_not, still_falling=curve.still_falling,
        groups=tuple(group["name"] for group in group_figures(training.optimizer)),
    )


def _alone(recipe: Recipe) -> Recipe:
    """The recipe without loggers, and without what pays only over a whole run.

    What several processes compute at once is computed here one after another: the same gradients,
    each BatchNorm over as many images, as much memory.
    """
    spec = recipe.train
    together = 1 if spec.sync_batchnorm else spec.processes
    return recipe.model_copy(update={
        "loggers": recipe.loggers.model_copy(update={"wandb": False, "tensorboard": False}),
        "train": spec.model_copy(update={
            "compile": False, "processes": 1, "accumulate": min(spec.accumulate * together, 1024),
        }),
    })


def _rise(training: Training, say: Callable[[str], None]) -> tuple[list[float], list[float]]:
    """Rates, and the loss of each batch before its update."""
    rates: list[float] = []
    losses: list[float] = []
    train_mode(training.model, training.recipe.freeze.frozen_modules)
    for step, (inputs, targets) in enumerate(islice(_batches(training), lr_curve.STEPS)):
        say(f"step {step + 1}")
        rate = lr_curve.rate_at(step)
        set_learning_rate(training.optimizer, rate / training.recipe.optimizer.lr)
        rates.append(rate)
        try:
            losses.append(train_step(training, inputs, targets)[0].item())
        except ThawError as error:
            if not error.problem.id.startswith("training.not_finite"):
                raise
            losses.append(float("nan"))
        training.progress.step += 1
        if lr_curve.has_diverged(losses):
            break
    return rates, losses


def _batches(training: Training) -> Iterator[tuple[Inputs, Tensor]]:
    """Those of one epoch after another, as a run has them."""
    for epoch in count(1):
        training.progress.begin_epoch(epoch)
        yield from training.data.train(epoch, 0)
