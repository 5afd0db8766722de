"""What a worker tells the world: state, metrics, checkpoints and logs of its run folder."""

import os
import time
from collections.abc import Callable
from typing import Literal

import torch

from core import portable
from core.data.load import ImageData
from core.data.split import Split
from core.messages import Problem, ThawError
from core.runs.checkpoints import spec_of
from core.runs.folder import Run
from core.runs.metrics import MetricsWriter
from core.training import checkpoint, devices, failures
from core.training.averaging import states_of
from core.training.checkpoint_writer import CheckpointWriter
from core.training.feature_store import Features
from core.training.gradients import gradient_norms
from core.training.loggers import EPOCH_NAMES, Loggers, open_loggers
from core.training.loop import Score, Training
from core.training.pace import Pace
from core.training.progress import Progress
from core.training.unfreezing import Opening

_STATE_SECONDS = 1.0  # between two states of the same status
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
        self._run, self._attempt, self._say = run, attempt, say
        self._state: dict = {"status": "starting", "phase": "starting", "attempt": attempt}
        self._peak = (run.state() or {}).get("peak_memory_bytes", 0)  # of the attempts before
        self._writer: CheckpointWriter | None = None
        self._metrics = MetricsWriter(run.path / "metrics.jsonl", attempt)
        self._loggers = Loggers()
        self._training: Training | None = None
        self._classes: list[str] = []
        self._fingerprint = ""
        self._pace = Pace()
        self._step_mark = (0, time.perf_counter())  # step and time of the last measurement
        self._phase_mark = time.perf_counter()
        self._written = self._saved = time.monotonic()
        self._stop_wanted = False
        (run.path / "attempts").mkdir(exist_ok=True)
        self._checkpoints = run.path / "checkpoints"
        self._checkpoints.mkdir(exist_ok=True)
        self._write_state(durable=True)

    # --- before the loop ---------------------------------------------------------------

    def bytes_came(self, done: int, total: int) -> None:
        """Progress of a download, in bytes; total is 0 if unknown."""
        self._state["download"] = {"done": done, "total": total}
        self._write_state()

    def found(self, data: ImageData, split: Split) -> None:
        """The data that the run trains on."""
        self._classes, self._fingerprint = list(data.classes), data.fingerprint
        self._state["samples"] = {
            "train": len(split.train), "val": len(split.val), "test": len(split.test),
        }

    def features_decided(
        self, part: str, kept: Features | None, why: Problem | None
    ) -> None:
        """Whether the features of a part are kept, how many bytes of them, or why not."""
        said = {"why": why and {"id": why.id, "values": dict(why.values)}}
        if kept:
            said |= {"bytes": kept.bytes, "in_memory": kept.in_memory, "reused": kept.reused}
        self._state.setdefault("features", {})[part] = said
        self._write_state()

    def compiled(self, seconds: float, why: Problem | None) -> None:
        """What torch.compile took in all, or why the model trains without it."""
        self._state["compile"] = {
            "seconds": seconds, "why": why and {"id": why.id, "values": dict(why.values)},
        }
        self._write_state()

    def began(self, training: Training) -> None:
        """The loop is about to begin.

        Raises:
            ThawError: If a logger of the recipe can't be opened.
        """
        self._training = training
        recipe, parameters = training.recipe, list(training.model.parameters())
        best = training.progress.early_stopping.best
        checkpoint.settle(
            self._checkpoints, training.progress.epoch - 1, best.epoch if best else None
        )
        spec = spec_of(recipe.checkpoints, in_group="group" in self._run.meta())
        self._writer = CheckpointWriter(self._checkpoints, spec)
        self._loggers = open_loggers(training, self._run.path, self._classes)
        self._state["loggers"] = self._loggers.told
        self._state.pop("download", None)
        self._state.update(
            status="running",
            epochs=recipe.train.epochs,
            steps_per_epoch=training.data.steps_per_epoch,
            steps=_steps_in_all(training),
            device=_device(training),
            params=sum(parameter.numel() for parameter in parameters),
            trainable=_trainable(training),
        )
        self._follow(training.progress)
        self._write_state(durable=True)

    # --- Observer ----------------------------------------------------------------------

    def phase_began(self, phase: str) -> None:
        """What the worker does now, such as "training" or "validation"."""
        self._phase_mark = time.perf_counter()
        if self._training:
            self._step_mark = (self._training.progress.step, self._phase_mark)
        self._state["phase"] = phase
        self._write_state()

    def stages_opened(self, progress: Progress, opening: Opening) -> None:
        """Marks the step, with the optimiser's groups before and after."""
        values = {"label": opening.label, "before": opening.before, "after": opening.after}
        self._record("mark", progress, "train", values)
        self._state["trainable"] = _trainable(self._training)
        self._write_state()

    def step_ended(self, progress: Progress, metrics: dict[str, float]) -> None:
        """Records the steps since the last record."""
        step, since = self._step_mark
        now = time.perf_counter()
        self._pace.step_took((now - since) / max(progress.step - step, 1))
        self._step_mark = (progress.step, now)
        self._record("step", progress, "train", metrics)
        self._loggers.step_ended(progress.step, metrics)
        self._state["samples_per_second"] = metrics["samples_per_second"]
        self._follow(progress)
        self._write_state()

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
            content = self._checkpoint(progress, epoch, train.loss)
            self._writer.save_epoch(
                {**content, "val_loss": val.loss, "val_accuracy": val.accuracy},
                is_best=best is not None and best.epoch == epoch,
            )
            self._saved = time.monotonic()
            self._pace.epoch_end_took(time.perf_counter() - self._phase_mark)
            self._say(
                f"Epoch {epoch:03d}: | Loss: {train.loss:.5f} | Acc: {train.accuracy:.3f} "
                f"| Val loss: {val.loss:.5f} | Val acc: {val.accuracy:.3f}"
            )
        self._follow(progress, epoch)
        self._write_state()

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
                self._checkpoint(progress, progress.epoch, progress.loss_sum / progress.seen)
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
        self._state["test"] = score and {
            "loss": score.loss, "accuracy": score.accuracy,
            "samples": self._state["samples"]["test"],
        }

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
                status, (id, values) = "failed", failures.reason_of(error, self._run.recipe())
        self._loggers.close(status)
        try:
            self._metrics.close()
        except OSError:  # the disk that is full, or gone, is the reason of the failure
            if status != "failed":
                raise
        if self._training:
            self._peak = max(self._peak, devices.peak_memory(self._training.device))
            self._state["peak_memory_bytes"] = self._peak
        self._state.update(
            status=status,
            phase="",
            eta_seconds=None,
            error={"id": id, "values": values or {}} if id else None,
        )
        self._write_state(durable=True)
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

    def _follow(self, progress: Progress, ended_epoch: int | None = None) -> None:
        best = progress.early_stopping.best
        epochs = self._state["epochs"]
        ended = progress.epoch - 1
        self._state.update(
            epoch=min(progress.epoch, epochs) if ended_epoch is None else ended_epoch,
            step=progress.step,
            seconds=progress.seconds,
            eta_seconds=self._pace.remaining(self._state["steps"] - progress.step, epochs - ended),
            best=vars(best) if best else None,
            error=None,
        )

    def _write_state(self, *, durable: bool = False) -> None:
        now = time.monotonic()
        if durable or now - self._written >= _STATE_SECONDS:
            self._written = now
            if self._training:  # asking costs as much as a small step
                self._state["memory_bytes"] = devices.device_memory(self._training.device)
            portable.write_json(self._run.path / "state.json", self._state)

    def _checkpoint(self, progress: Progress, epoch: int, loss: float) -> dict:
        training = self._training
        return {
            "epoch": epoch,
            "step": progress.step,
            **states_of(training.model, training.average),
            "optimizer_state_dict": training.optimizer.state_dict(),
            "scaler_state_dict": training.scaler.state_dict(),
            "gradient_norms": gradient_norms(training.model),
            "loss": loss,
            "progress": progress.state_dict(),
            "classes": self._classes,
            "recipe": training.recipe.model_dump(mode="json"),
            "data_fingerprint": self._fingerprint,
            "device": str(training.device),
            "threads": torch.get_num_threads(),
            "torch": str(torch.__version__),
        }


def _steps_in_all(training: Training) -> int:
    """Updates that the run will have made in the end."""
    progress, per_epoch = training.progress, training.data.steps_per_epoch
    epochs_after = training.recipe.train.epochs - max(progress.epoch, 1)
    return progress.step + progress.steps_left(per_epoch) + epochs_after * per_epoch


def _trainable(training: Training) -> int:
    return sum(p.numel() for p in training.model.parameters() if p.requires_grad)


def _device(training: Training) -> str:
    title, size = devices.device_title(training.device), training.ranks.size
    return title if size == 1 else f"{size} × {title}"
