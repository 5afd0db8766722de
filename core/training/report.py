"""What a worker tells the world: state, metrics, checkpoints and logs of its run folder."""

import logging
import os
import time
from collections.abc import Callable
from typing import Any, Literal

from core.data.load import ImageData
from core.data.split import Split
from core.messages import Problem, ThawError, sentence
from core.runs.checkpoints import spec_of
from core.runs.folder import Run
from core.runs.metrics import MetricsWriter
from core.training import checkpoint, failures
from core.training.checkpoint_content import content_of
from core.training.checkpoint_writer import CheckpointWriter
from core.training.feature_store import Features
from core.training.loggers import EPOCH_NAMES, Loggers, open_loggers
from core.training.loop import Score, Training
from core.training.progress import Progress
from core.training.run_state import RunState, as_json, trainable
from core.training.unfreezing import Opening

log = logging.getLogger(__name__)

_SAVE_SECONDS = 60.0  # between two checkpoints within an epoch
WISHES = ("go_on", "save", "stop")


class RunReport:
    """The observer of a run's loop, and the only writer of its folder.

    Args:
        run: The run, locked by this process.
        attempt: Number of this process among those that worked on the run, from 1.
        say: Takes the line of an epoch.
    """

    def __init__(self, run: Run, attempt: int, say: Callable[[str], None]) -> None:
        self._run, self._say = run, say
        self._writer: CheckpointWriter | None = None
        self._metrics = MetricsWriter(run.path / "metrics.jsonl", attempt)
        self._loggers = Loggers()
        self._training: Training | None = None
        self._classes: list[str] = []
        self._fingerprint = ""
        self._saved = time.monotonic()
        self._stop_wanted = False
        (run.path / "attempts").mkdir(exist_ok=True)
        self._checkpoints = run.path / "checkpoints"
        self._checkpoints.mkdir(exist_ok=True)
        self._state = RunState(run, attempt)

    # --- before the loop ---------------------------------------------------------------

    def bytes_came(self, done: int, total: int) -> None:
        """Progress of a download, in bytes; total is 0 if unknown."""
        self._state.tell(download={"done": done, "total": total})

    def found(self, data: ImageData, split: Split) -> None:
        """The data that the run trains on; the log says what is left out of it."""
        if data.left_out:
            log.warning("%d left out, first: %s", len(data.left_out), sentence(data.left_out[0]))
        self._classes, self._fingerprint = list(data.classes), data.fingerprint
        self._state.tell(samples={
            "train": len(split.train), "val": len(split.val), "test": len(split.test),
        })

    def features_decided(
        self, part: str, kept: Features | None, why: Problem | None
    ) -> None:
        """Whether the features of a part are kept, how many bytes of them, or why not."""
        said = {"why": as_json(why)}
        if kept:
            said |= {"bytes": kept.bytes, "in_memory": kept.in_memory, "reused": kept.reused}
        self._state.features_decided(part, said)

    def compiled(self, seconds: float, why: Problem | None) -> None:
        """What torch.compile took in all, or why the model trains without it."""
        self._state.tell(compile={"seconds": seconds, "why": as_json(why)})

    def began(self, training: Training) -> None:
        """The loop is about to begin.

        Raises:
            ThawError: If a logger of the recipe can't be opened.
        """
        self._training = training
        best = training.progress.early_stopping.best
        checkpoint.settle(
            self._checkpoints, training.progress.epoch - 1, best.epoch if best else None
        )
        spec = spec_of(training.recipe.checkpoints, in_group="group" in self._run.meta())
        self._writer = CheckpointWriter(self._checkpoints, spec)
        self._loggers = open_loggers(training, self._run.path, self._classes)
        self._state.began(training, self._loggers.told)

    # --- Observer ----------------------------------------------------------------------

    def phase_began(self, phase: str) -> None:
        """What the worker does now, such as "training" or "validation"."""
        self._state.phase_began(phase)

    def stages_opened(self, progress: Progress, opening: Opening) -> None:
        """Marks the step, with the optimiser's groups before and after."""
        values = {"label": opening.label, "before": opening.before, "after": opening.after}
        self._record("mark", progress, "train", values)
        self._state.tell(trainable=trainable(self._training))

    def step_ended(self, progress: Progress, metrics: dict[str, float]) -> None:
        """Records the steps since the last record."""
        self._record("step", progress, "train", metrics)
        self._loggers.step_ended(progress.step, metrics)
        self._state.step_ended(progress, metrics["samples_per_second"])

    def epoch_ended(
        self, epoch: int, progress: Progress, train: Score | None, val: Score
    ) -> None:
        """Records the epoch and begins to save it; epoch 0 is the model as it came.

        Raises:
            ThawError: If the checkpoint before it could not be written.
        """
        scalars = {}
        for name, score in (("train", train), ("val", val)):
            if score:
                self._record("epoch", progress, name, vars(score), epoch)
                scalars |= {EPOCH_NAMES[name, key]: value for key, value in vars(score).items()}
        self._loggers.epoch_ended(epoch, scalars, progress.early_stopping.best)
        self._metrics.sync()
        if train:
            best = progress.early_stopping.best
            content = self._checkpoint(epoch, train.loss)
            self._writer.save_epoch(
                {**content, "val_loss": val.loss, "val_accuracy": val.accuracy},
                is_best=best is not None and best.epoch == epoch,
            )
            self._saved = time.monotonic()
            self._say(
                f"Epoch {epoch:03d}: | Loss: {train.loss:.5f} | Acc: {train.accuracy:.3f} "
                f"| Val loss: {val.loss:.5f} | Val acc: {val.accuracy:.3f}"
            )
        self._state.epoch_ended(epoch, progress)

    def wish(self) -> Literal["go_on", "save", "stop"]:
        """What the loop shall do after a step, in all processes that train together.

        Raises:
            ThawError: If a checkpoint could not be written.
        """
        return WISHES[self._training.ranks.told(WISHES.index(self._own_wish()))]

    def _own_wish(self) -> Literal["go_on", "save", "stop"]:
        self._writer.check()
        if self._stop_wanted or os.path.exists(self._run.path / "stop"):
            return "stop"
        if time.monotonic() - self._saved > _SAVE_SECONDS and not self._writer.is_busy:
            return "save"
        return "go_on"

    def save(self, progress: Progress) -> None:
        """Begins to save a checkpoint in the middle of an epoch, if one is under way.

        Raises:
            ThawError: If the checkpoint before it could not be written.
        """
        if progress.step_in_epoch:
            self._metrics.sync()
            self._writer.save_within_epoch(
                self._checkpoint(progress.epoch, progress.loss_sum / progress.seen)
            )
        self._saved = time.monotonic()

    def wait_for_checkpoint(self) -> None:
        """Until the checkpoint that was begun is on the disk.

        Raises:
            ThawError: If it could not be written.
        """
        if self._writer:
            self._writer.wait()

    # --- the end -----------------------------------------------------------------------

    def stop_on_signal(self, *_: object) -> None:
        """Handler of SIGTERM and Ctrl-C: stop after this step and keep everything."""
        self._stop_wanted = True

    def tested(self, score: Score | None) -> None:
        """How the model did on the held-out images after its last epoch."""
        self._state.tested(score)

    def stopped(self, progress: Progress) -> str:
        """Saves where a run stopped and writes its final status, which it returns."""
        try:
            self.save(progress)
        except ThawError as error:
            return self.ended("failed", error.problem.id, dict(error.problem.values))
        return self.ended("stopped")

    def interrupted(self) -> str:
        """Ends an attempt that another one follows at once: what was begun is on the disk."""
        self.wait_for_checkpoint()
        self._loggers.close("stopped")
        self._metrics.close()
        return "interrupted"

    def ended(self, status: str, id: str = "", values: dict | None = None) -> str:
        """Writes the final status, with the reason of a failure; returns the status.

        A run whose last checkpoint can't be written has failed.
        """
        try:
            self.wait_for_checkpoint()
        except ThawError as error:
            if status != "failed":
                status, id, values = "failed", error.problem.id, dict(error.problem.values)
        except Exception as error:
            if status != "failed":
                status = "failed"
                id, values = failures.reason_of(error, self._training.recipe)
        self._loggers.close(status)
        try:
            self._metrics.close()
        except OSError:  # the disk that is full, or gone, is the reason of the failure
            if status != "failed":
                raise
        self._state.ended(status, Problem(id, values or {}) if id else None)
        return status

    # --- within ------------------------------------------------------------------------

    def _record(
        self, kind: str, progress: Progress, split: str, values: dict, epoch: int | None = None
    ) -> None:
        self._metrics.write(
            kind,
            step=progress.step,
            epoch=progress.epoch if epoch is None else epoch,
            samples=progress.samples,
            seconds=progress.seconds,
            split=split,
            values=dict(values),
        )

    def _checkpoint(self, epoch: int, loss: float) -> dict[str, Any]:
        return content_of(
            self._training, epoch=epoch, loss=loss, classes=self._classes,
            fingerprint=self._fingerprint,
        )
