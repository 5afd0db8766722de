"""Collate functions: from a list of samples to a batch."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import default_collate


def pad_zero(samples: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Fills the sequences with zeros behind their end, up to the longest of the batch.

    The lecture's exercise, for any batch size and order.

    Args:
        samples: Dicts with `X`, float [L] of any length, and `y`, a label.

    Returns:
        `X` [B, longest L] and `y` [B].
    """
    longest = max(len(sample["X"]) for sample in samples)
    padded = [
        functional.pad(torch.as_tensor(sample["X"]), (0, longest - len(sample["X"])))
        for sample in samples
    ]
    return {"X": torch.stack(padded), "y": torch.stack([torch.as_tensor(s["y"]) for s in samples])}


def as_list(samples: Sequence[Any]) -> list[Any]:
    """The samples as they are: nothing is stacked."""
    return list(samples)


def pad_images(samples: Sequence[tuple[Tensor, Any]]) -> tuple[Tensor, Tensor]:
    """Fills pictures with zeros to the right and below, up to the largest of the batch.

    Args:
        samples: Pairs of an image [C, H, W] of any size and a label.

    Returns:
        [B, C, largest H, largest W] and the labels [B].
    """
    height = max(image.shape[-2] for image, _ in samples)
    width = max(image.shape[-1] for image, _ in samples)
    padded = [
        functional.pad(image, (0, width - image.shape[-1], 0, height - image.shape[-2]))
        for image, _ in samples
    ]
    return torch.stack(padded), torch.stack([torch.as_tensor(label) for _, label in samples])


# By the names of core.data.collate_table.
COLLATE_FUNCTIONS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "default": default_collate,
    "pad_zero": pad_zero,
    "list": as_list,
    "pad_images": pad_images,
}
