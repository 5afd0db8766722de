"""What a run will take, reckoned from a few real steps of its recipe; needs no torch itself."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from core import places
from core.messages import Problem, ThawError
from core.recipe import Recipe
from core.runs.checkpoints import disk_bytes
from core.training import epoch_time_process
from core.training.epoch_time_process import EpochTime

_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Forecast:
    """A run as it will be if it starts now and nothing else needs the machine.

    Attributes:
        epochs: All of them; early stopping may end it before.
        seconds: From the start of its process to the end of its last epoch.
        ends: That end, in seconds since 1970.
        memory_bytes: The most that its process holds, or each of several; on a GPU, of the GPU's
            memory.
        disk_bytes: Of the checkpoints that stay, at most.
        free_bytes: Of the disk that they go to.
    """

    epoch: EpochTime
    epochs: int
    seconds: float
    ends: float
    memory_bytes: int
    disk_bytes: int
    free_bytes: int

    @property
    def shortage(self) -> Problem | None:
        """None, or that the disk is too small for what stays and the one being written."""
        need = self.disk_bytes + self.epoch.checkpoint_bytes
        if need <= self.free_bytes:
            return None
        values = {"need": need / 1e9, "free": self.free_bytes / 1e9}
        return Problem("training.disk_too_small", values)


def forecast(recipe: Recipe, measured: EpochTime, *, root: Path | None = None) -> Forecast:
    """What the whole run takes.

    Args:
        measured: Of this recipe, or of one that differs in nothing that an epoch depends on.
        root: Where its folder goes; the runs folder of Thaw's home by default.
    """
    epochs = recipe.train.epochs
    # The model is validated once before its first step.
    before = measured.startup_seconds + measured.validation_seconds
    seconds = before + epochs * measured.epoch_seconds
    return Forecast(
        epoch=measured, epochs=epochs, seconds=seconds, ends=time.time() + seconds,
        memory_bytes=measured.memory_bytes,
        disk_bytes=disk_bytes(recipe.checkpoints, epochs, measured.checkpoint_bytes),
        free_bytes=_free_bytes(root or places.runs_root()),
    )


def measure(recipe: Recipe) -> EpochTime:
    """Waits for a measurement of an epoch, which runs in a process of its own.

    Raises:
        ThawError: If a run is training, something is being measured, or the recipe can't run.
    """
    place = epoch_time_process.start(recipe)
    try:
        while not (now := epoch_time_process.look(place)).is_done:
            time.sleep(_LOOK_SECONDS)
    finally:
        epoch_time_process.forget(place)
    if now.problem:
        raise ThawError(now.problem.id, **now.problem.values)
    return now.answer


def _free_bytes(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
