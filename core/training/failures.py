"""What an error in training means to a person."""

from pathlib import Path

import torch

from core.recipe import Recipe


def reason_of(error: Exception, recipe: Recipe) -> tuple[str, dict]:
    """What an error in training means to a person: a message id with its values."""
    text = str(error)
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in text:
        return "training.out_of_memory", {"batch_size": recipe.loader.batch_size}
    if "DataLoader worker" in text or "DataLoader timed out" in text:
        return "training.loader_worker_died", {"num_workers": recipe.loader.num_workers}
    if "Expected more than 1 value per channel" in text:
        return "training.batch_of_one", {"batch_size": recipe.loader.batch_size}
    if isinstance(error, OSError) and error.strerror:
        return "training.file_failed", {
            "why": error.strerror, "file": Path(str(error.filename or "")).name,
        }
    return "training.unexpected", {"kind": type(error).__name__}
