"""A learning rate that falls when the validation loss does not."""

import math
from dataclasses import dataclass, replace

from core.recipe import ScheduleSpec

_THRESHOLD = 1e-4  # as in ReduceLROnPlateau: less than this share of the best is no improvement


@dataclass(frozen=True)
class Plateau:
    """What `torch.optim.lr_scheduler.ReduceLROnPlateau` remembers; a new value after each epoch.

    Attributes:
        best: The validation loss that the next one must beat; None before the first.
        bad_epochs: Since then, or since the last drop.
        drops: How often the rate has fallen.
    """

    best: float | None = None
    bad_epochs: int = 0
    drops: int = 0

    def after(self, val_loss: float, spec: ScheduleSpec) -> "Plateau":
        """The state after one more epoch; under another schedule nothing ever drops."""
        if spec.name != "plateau":
            return self
        best = math.inf if self.best is None else self.best
        if val_loss < best * (1 - _THRESHOLD):
            return replace(self, best=val_loss, bad_epochs=0)
        if self.bad_epochs + 1 > spec.plateau_epochs:
            return replace(self, bad_epochs=0, drops=self.drops + 1)
        return replace(self, bad_epochs=self.bad_epochs + 1)
