"""How good a model is after its last epoch, on images that neither trained nor chose it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from torch import Tensor

from core.training.loop import Score, Training, validate
from core.training.run_data import RunData


@dataclass(frozen=True)
class _HeldOut:
    """The held-out images where the loop asks for those of validation."""

    data: RunData

    def validation(self) -> Iterable[tuple[Tensor, Tensor]]:
        return self.data.test()


def score(training: Training) -> Score | None:
    """Loss and accuracy on the held-out images as the model is now; None if there are none."""
    if not training.data.test_samples:
        return None
    return validate(replace(training, data=_HeldOut(training.data)))
