"""Keeping the best epoch, and ending when it lies too far back."""

import math
from dataclasses import dataclass, replace

from core.recipe import EarlyStoppingSpec


@dataclass(frozen=True)
class Best:
    """The best epoch so far by the watched metric.

    Attributes:
        epoch: 0 is the model before its first step.
        step: Updates made by then.
        val_loss: Mean validation loss.
        val_accuracy: In [0, 1].
    """

    epoch: int
    step: int
    val_loss: float
    val_accuracy: float


@dataclass(frozen=True)
class EarlyStopping:
    """What early stopping remembers; a new value after every epoch.

    Attributes:
        best: None until the first epoch has ended. Epoch 0 does not count: a run that never
            improved on its start still keeps what it has learned as its best.
        anchor: The watched value that the next one must beat by `min_delta`.
        bad_epochs: Epochs since then.
    """

    best: Best | None = None
    anchor: float | None = None
    bad_epochs: int = 0

    def after(self, epoch: Best, spec: EarlyStoppingSpec) -> "EarlyStopping":
        """The state after one more epoch."""
        value, best = _watched(epoch, spec), self.best
        if best is None or value < _watched(best, spec):
            best = epoch
        if self.anchor is None or value < self.anchor - spec.min_delta:
            return EarlyStopping(best, value, 0)
        return replace(self, best=best, bad_epochs=self.bad_epochs + 1)

    def is_over(self, spec: EarlyStoppingSpec) -> bool:
        """Whether patience has run out."""
        return spec.enabled and self.bad_epochs >= spec.patience

    def state_dict(self) -> dict:
        """Plain numbers, as a checkpoint keeps them."""
        return {
            "best": vars(self.best) if self.best else None,
            "anchor": self.anchor,
            "bad_epochs": self.bad_epochs,
        }

    @classmethod
    def from_state_dict(cls, state: dict) -> "EarlyStopping":
        """The value that `state_dict` was taken of."""
        best = Best(**state["best"]) if state["best"] else None
        return cls(best, state["anchor"], state["bad_epochs"])


def _watched(epoch: Best, spec: EarlyStoppingSpec) -> float:
    """The watched value, so that less is better; NaN is worse than any number."""
    value = epoch.val_loss if spec.monitor == "val_loss" else -epoch.val_accuracy
    return math.inf if math.isnan(value) else value
