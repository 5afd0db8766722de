"""TensorBoard and Weights & Biases, beside the run folder's own metrics.

The names of the scalars are the lecture's; its "test" is what Thaw calls validation.
"""

from pathlib import Path
from typing import Protocol

from core.messages import ThawError
from core.recipe import LoggerSpec, Recipe

EPOCH_NAMES = {
    ("train", "loss"): "Loss/train",
    ("val", "loss"): "Loss/test",
    ("train", "accuracy"): "Accuracy/train",
    ("val", "accuracy"): "Accuracy/test",
}


class Logger(Protocol):
    """Takes the scalars of an epoch."""

    def log(self, scalars: dict[str, float], epoch: int) -> None: ...
    def close(self) -> None: ...


class TensorBoardLogger:
    """Event files under `runs/RUN/tensorboard`; `tensorboard --logdir runs` compares all runs."""

    def __init__(self, folder: Path, first_epoch: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        # purge_step hides what an earlier attempt logged beyond its last checkpoint.
        self._writer = SummaryWriter(str(folder), purge_step=first_epoch)

    def log(self, scalars: dict[str, float], epoch: int) -> None:
        """Writes one point for each scalar."""
        for name, value in scalars.items():
            self._writer.add_scalar(name, value, epoch)
        self._writer.flush()

    def close(self) -> None:
        """Ends the event file."""
        self._writer.close()


class WandbLogger:
    """A Weights & Biases run, offline where no key is set (`wandb sync` sends it later).

    Raises:
        ThawError: If the package is missing or the service refuses.
    """

    def __init__(self, folder: Path, spec: LoggerSpec, recipe: Recipe, run_id: str) -> None:
        try:
            import wandb
        except ImportError:
            raise ThawError("training.wandb_missing") from None
        try:
            self._run = wandb.init(
                project=spec.wandb_project,
                id=run_id,
                name=recipe.name or run_id,
                dir=str(folder),
                config=recipe.model_dump(mode="json"),
                mode="online" if wandb.api.api_key else "offline",
                resume="allow",
            )
        except Exception as error:  # a dozen kinds: no network, a wrong key, a full account
            raise ThawError("training.wandb_refused", why=type(error).__name__) from error

    def log(self, scalars: dict[str, float], epoch: int) -> None:
        """Sends the scalars with their epoch."""
        self._run.log({**scalars, "epoch": epoch})

    def close(self) -> None:
        """Ends the run and waits until it is written."""
        self._run.finish()


def open_loggers(recipe: Recipe, folder: Path, first_epoch: int) -> list[Logger]:
    """The loggers that the recipe asks for.

    Raises:
        ThawError: If one can't be opened.
    """
    loggers: list[Logger] = []
    if recipe.loggers.tensorboard:
        try:
            loggers.append(TensorBoardLogger(folder / "tensorboard", first_epoch))
        except ImportError:
            raise ThawError("training.tensorboard_missing") from None
    if recipe.loggers.wandb:
        loggers.append(WandbLogger(folder, recipe.loggers, recipe, folder.name))
    return loggers
