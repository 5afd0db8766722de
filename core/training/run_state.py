"""`state.json` of a run: what its worker does now, how far it is, and how it ended."""

import time
from typing import Any

from core import portable
from core.messages import Problem
from core.runs.folder import Run
from core.training import devices
from core.training.loop import Score, Training
from core.training.pace import Pace
from core.training.progress import Progress

_SECONDS = 1.0  # between two writes of the same status
_KEPT = ("epochs", "steps_per_epoch", "steps", "epoch", "step", "seconds", "best", "params",
         "trainable")


class RunState:
    """Written at once where the status changes, else once a second at most.

    Args:
        run: The run, locked by this process.
        attempt: Number of this process among those that worked on the run, from 1.
    """

    def __init__(self, run: Run, attempt: int) -> None:
        self._file = run.path / "state.json"
        before = run.state() or {}
        self._peak = before.get("peak_memory_bytes", 0)
        self._told: dict[str, Any] = {
            "status": "starting", "phase": "starting", "attempt": attempt,
            **_still_true(before),
        }
        self._training: Training | None = None
        self._pace = Pace()
        self._phase_began = time.perf_counter()
        self._recorded = (0, self._phase_began)  # the step of the last record, and when
        self._written = time.monotonic()
        self._write(at_once=True)

    def tell(self, **values: Any) -> None:
        """Takes in what pages read under these names."""
        self._told.update(values)
        self._write()

    def features_decided(self, part: str, said: dict[str, Any]) -> None:
        """What is kept of one part of the data, beside the other part."""
        self.tell(features={**self._told.get("features", {}), part: said})

    def began(self, training: Training, loggers: Any) -> None:
        """The loop is about to begin.

        Args:
            loggers: What the loggers tell of themselves.
        """
        self._training = training
        for name in ("download", "of_before"):
            self._told.pop(name, None)
        self._told.update(
            status="running",
            loggers=loggers,
            epochs=training.recipe.train.epochs,
            steps_per_epoch=training.data.steps_per_epoch,
            steps=_steps_in_all(training),
            device=_device(training),
            params=sum(parameter.numel() for parameter in training.model.parameters()),
            trainable=trainable(training),
        )
        self._follow(training.progress)
        self._write(at_once=True)

    def phase_began(self, phase: str) -> None:
        """What the worker does now, such as "training" or "validation"."""
        self._phase_began = time.perf_counter()
        if self._training:
            self._recorded = (self._training.progress.step, self._phase_began)
        self.tell(phase=phase)

    def step_ended(self, progress: Progress, samples_per_second: float) -> None:
        """Counts the steps since the last record."""
        step, since = self._recorded
        now = time.perf_counter()
        self._pace.step_took((now - since) / max(progress.step - step, 1))
        self._recorded = (progress.step, now)
        self._follow(progress)
        self.tell(samples_per_second=samples_per_second)

    def epoch_ended(self, epoch: int, progress: Progress) -> None:
        """Counts a validated and saved epoch; epoch 0 is the model as it came."""
        if epoch:
            self._pace.epoch_end_took(time.perf_counter() - self._phase_began)
        self._follow(progress, epoch)
        self._write()

    def tested(self, score: Score | None) -> None:
        """How the model did on the held-out images."""
        samples = self._told["samples"]["test"]
        self._told["test"] = score and {
            "loss": score.loss, "accuracy": score.accuracy, "samples": samples,
        }

    def ended(self, status: str, error: Problem | None) -> None:
        """The final status, and the reason of a failure."""
        if self._training:
            self._peak = max(self._peak, devices.peak_memory(self._training.device))
            self._told["peak_memory_bytes"] = self._peak
        self._told.update(status=status, phase="", eta_seconds=None, error=as_json(error))
        self._write(at_once=True)

    def _follow(self, progress: Progress, ended_epoch: int | None = None) -> None:
        best, epochs = progress.early_stopping.best, self._told["epochs"]
        ended, left = progress.epoch - 1, self._told["steps"] - progress.step
        self._told.update(
            epoch=min(progress.epoch, epochs) if ended_epoch is None else ended_epoch,
            step=progress.step,
            seconds=progress.seconds,
            eta_seconds=self._pace.remaining(left, epochs - ended),
            best=vars(best) if best else None,
            error=None,
        )

    def _write(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if not at_once and now - self._written < _SECONDS:
            return
        self._written = now
        if self._training:  # asking costs as much as a small step
            self._told["memory_bytes"] = devices.device_memory(self._training.device)
        portable.write_json(self._file, self._told)


def _still_true(before: dict[str, Any]) -> dict[str, Any]:
    """How far the attempts before came, until this one trains; else a run that is killed while it
    loads would seem to have lost it.
    """
    kept = {name: before[name] for name in _KEPT if name in before}
    return {**kept, "of_before": True} if kept else {}


def trainable(training: Training) -> int:
    """Numbers in the parameters that train by now."""
    return sum(p.numel() for p in training.model.parameters() if p.requires_grad)


def as_json(problem: Problem | None) -> dict[str, Any] | None:
    """A sentence as `state.json` holds it: pages write it out."""
    return problem and problem.as_dict()


def _steps_in_all(training: Training) -> int:
    """Updates that the run will have made in the end."""
    progress, per_epoch = training.progress, training.data.steps_per_epoch
    epochs_after = training.recipe.train.epochs - max(progress.epoch, 1)
    return progress.step + progress.steps_left(per_epoch) + epochs_after * per_epoch


def _device(training: Training) -> str:
    title, size = devices.device_title(training.device), training.ranks.size
    return title if size == 1 else f"{size} × {title}"
