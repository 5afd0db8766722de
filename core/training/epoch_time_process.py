"""Measuring an epoch in a process of its own; needs no torch itself."""

import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.recipe import Recipe
from core.runs import torchrun
from core.training import measuring
from core.training.measuring import forget

__all__ = ["EpochTime", "forget", "look", "start", "what_changed"]

LIMIT_SECONDS = 300.0

# Parts of a recipe that change what is computed but not how long a step takes; unfreezing, for
# it is measured before any stage opens. Everything else is taken to matter, so that a field that
# comes later makes an answer stale.
_NO_MATTER = (
    "format", "name", "split.seed", "optimizer.lr", "optimizer.momentum",
    "optimizer.weight_decay", "schedule", "unfreezing", "train.epochs", "train.label_smoothing",
    "train.seed", "early_stopping", "loggers",
)


@dataclass(frozen=True)
class EpochTime:
    """What was measured, and the epoch that follows from it.

    Attributes:
        step_seconds: Of one step, its batch included; the mean.
        steps: Of an epoch.
        training_seconds: Of all steps of an epoch.
        validation_seconds: Of the validation after it.
        saving_seconds: Of the records and the checkpoint after it.
        startup_seconds: From the start of the process to the first step that counts: imports, data,
            model, and the features of the frozen part where they are kept.
        measured_steps: How many steps that was reckoned from.
        memory_bytes: The most that the process held; on a GPU, of the GPU's memory. Of several
            processes that of the largest.
        checkpoint_bytes: Of the checkpoint that an epoch leaves.
        device: As a person knows it.
        processes: That made the steps together.
    """

    step_seconds: float
    steps: int
    training_seconds: float
    validation_seconds: float
    saving_seconds: float
    startup_seconds: float
    measured_steps: int
    memory_bytes: int
    checkpoint_bytes: int
    device: str
    processes: int = 1

    @property
    def epoch_seconds(self) -> float:
        """From the end of one epoch to the end of the next."""
        return self.training_seconds + self.validation_seconds + self.saving_seconds


def start(recipe: Recipe) -> Path:
    """Begins to measure, detached from this process; returns the measurement's folder.

    Raises:
        ThawError: If a run is training, or something is being measured already.
    """
    return measuring.start(
        recipe, "epoch_time", "core.training.epoch_time_process", recipe.train.processes
    )


def look(place: Path) -> measuring.Look:
    """How far a measurement is, with its `EpochTime` in the end; well under a millisecond."""
    found = measuring.look(place)
    if not found.answer:
        return found
    return replace(found, answer=EpochTime(**found.answer["epoch_time"]))


def what_changed(measured: Recipe, recipe: Recipe) -> tuple[str, ...]:
    """Fields that differ and that an epoch's seconds depend on, as `"loader.batch_size"`."""
    return measuring.changed_fields(measured, recipe, _NO_MATTER)


def _measure(recipe: Recipe, place: Path, say: measuring.Say) -> dict[str, Any]:
    from core.training.epoch_time import measure
    from core.training.ranks import join, leave

    ranks = join(torchrun.place(), recipe.train.device)
    found = measure(recipe, place, say, ranks)
    leave(ranks)
    return {"epoch_time": asdict(found)} if found else {}


if __name__ == "__main__":
    measuring.answer(Path(sys.argv[1]), _measure, LIMIT_SECONDS)
