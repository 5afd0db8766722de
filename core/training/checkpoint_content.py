"""What a checkpoint holds: the lecture's keys, and what an exact continuation needs."""

from collections.abc import Sequence
from typing import Any

import torch

from core.training.averaging import states_of
from core.training.gradients import gradient_norms
from core.training.loop import Training


def content_of(
    training: Training, *, epoch: int, loss: float, classes: Sequence[str], fingerprint: str
) -> dict[str, Any]:
    """Tensors, which are the run's own, and plain values: `weights_only=True` reads it.

    Args:
        epoch: The epoch that it is of.
        loss: Mean training loss of the epoch so far.
        classes: Names, in the order of the outputs.
        fingerprint: Of the data set.
    """
    progress = training.progress
    return {
        "epoch": epoch,
        "step": progress.step,
        **states_of(training.model, training.average),
        "optimizer_state_dict": training.optimizer.state_dict(),
        "scaler_state_dict": training.scaler.state_dict(),
        "gradient_norms": gradient_norms(training.model),
        "loss": loss,
        "progress": progress.state_dict(),
        "classes": list(classes),
        "recipe": training.recipe.model_dump(mode="json"),
        "data_fingerprint": fingerprint,
        "device": str(training.device),
        "threads": torch.get_num_threads(),
        "torch": str(torch.__version__),
    }
