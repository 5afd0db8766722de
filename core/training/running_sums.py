"""The sums of an epoch, kept on the device so that a step need not wait for it."""

import math

import torch
from torch import Tensor

from core.messages import ThawError
from core.training.progress import Progress
from core.training.ranks import ALONE, Ranks


class RunningSums:
    """Loss and right answers of the epoch under way; reading them is what waits.

    The sums go on from the progress's own and are added in the order of the steps, so a
    resumed epoch ends with the same bits as one that was not interrupted. Of several processes
    each adds its own share, and reading brings all of them together: with those same bits only
    where the epoch was resumed at its start.
    """

    def __init__(
        self, progress: Progress, device: torch.device, ranks: Ranks = ALONE
    ) -> None:
        self._progress, self._ranks = progress, ranks
        loss, correct = (progress.loss_sum, progress.correct) if ranks.rank == 0 else (0.0, 0)
        dtype = torch.float32 if device.type == "mps" else torch.float64  # MPS has no float64
        self._loss = torch.tensor(loss, dtype=dtype, device=device)
        self._correct = torch.tensor(correct, device=device)
        self._since = (progress.seconds, progress.seen)
        self._finite_at = progress.step  # the last step whose loss is known to be finite

    def add(self, loss: Tensor, correct: Tensor, samples: int) -> None:
        """Adds one step: its mean loss, its right answers and its batch size.

        Of several processes: this one's part of the mean and of the answers, and the size of the
        whole batch.
        """
        self._loss += loss * samples
        self._correct += correct
        self._progress.seen += samples

    def read(self) -> None:
        """Brings the sums into the progress.

        Raises:
            ThawError: If the loss is no longer finite.
        """
        progress = self._progress
        loss, correct = self._ranks.totals(self._loss, self._correct)
        progress.loss_sum, progress.correct = loss, int(correct)
        if not math.isfinite(progress.loss_sum):
            if progress.step - self._finite_at > 1:
                raise ThawError(
                    "training.not_finite_between", first=self._finite_at + 1, step=progress.step
                )
            raise ThawError("training.not_finite", step=progress.step)
        self._finite_at = progress.step

    def record(self) -> dict[str, float]:
        """Mean loss, accuracy and speed since the last record.

        Raises:
            ThawError: If the loss is no longer finite.
        """
        self.read()
        progress = self._progress
        loss_sum, correct, seen = progress.recorded
        samples = progress.seen - seen
        seconds = progress.seconds - self._since[0]
        speed = (progress.seen - self._since[1]) / max(seconds, 1e-9)
        progress.recorded = (progress.loss_sum, progress.correct, progress.seen)
        self._since = (progress.seconds, progress.seen)
        return {
            "loss": (progress.loss_sum - loss_sum) / samples,
            "accuracy": (progress.correct - correct) / samples,
            "samples_per_second": speed,
        }
