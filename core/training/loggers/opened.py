"""The loggers of a run, together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core.messages import Problem, ThawError

if TYPE_CHECKING:
    from core.training.early_stopping import Best
    from core.training.loop import Training


class Logger(Protocol):
    """Takes what a run measures; `problems` are what it could not do."""

    problems: list[Problem]

    def step_ended(self, step: int, metrics: Mapping[str, float]) -> None: ...
    def epoch_ended(
        self, epoch: int, scalars: Mapping[str, float], best: Best | None
    ) -> None: ...
    def close(self, status: str) -> None: ...


class Loggers:
    """All loggers of a run.

    Attributes:
        told: What a page says of them, as `state.json` keeps it.
    """

    def __init__(self, loggers: Sequence[Logger] = (), told: Mapping[str, Any] | None = None):
        self._loggers = loggers
        said = [problem.as_dict() for logger in loggers for problem in logger.problems]
        self.told = {**(told or {}), "problems": said}

    def step_ended(self, step: int, metrics: Mapping[str, float]) -> None:
        """Takes a step record."""
        for logger in self._loggers:
            logger.step_ended(step, metrics)

    def epoch_ended(self, epoch: int, scalars: Mapping[str, float], best: Best | None) -> None:
        """Takes the scalars of an epoch, by their names, and the best epoch so far."""
        for logger in self._loggers:
            logger.epoch_ended(epoch, scalars, best)

    def close(self, status: str) -> None:
        """Ends them, with the status that the run ends with."""
        for logger in self._loggers:
            logger.close(status)


def open_loggers(training: Training, folder: Path, classes: Sequence[str]) -> Loggers:
    """The loggers that the recipe asks for.

    Args:
        training: At the place where it goes on.
        folder: Of the run.
        classes: Names.

    Raises:
        ThawError: If the package of one is missing.
    """
    spec, loggers, told = training.recipe.loggers, [], {}
    if spec.tensorboard:
        try:
            from core.training.loggers.tensorboard_logger import TensorBoardLogger
        except ImportError:
            raise ThawError("training.tensorboard_missing") from None
        loggers.append(TensorBoardLogger(folder / "tensorboard", training, classes))
        told["tensorboard"] = True
    if spec.wandb:
        from core.training.loggers.wandb_logger import WandbLogger

        wandb = WandbLogger(folder, training)
        loggers.append(wandb)
        told["wandb"] = wandb.told
    return Loggers(loggers, told)
