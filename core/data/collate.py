"""Collate functions: from a list of samples to a batch.

Each stands by itself, so that its source can be shown and run as it is.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import default_collate
from torchvision.transforms import v2

from core.data.collate_table import find_collate

# --- sequences ---------------------------------------------------------------------------


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


def pad_left(samples: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Fills the sequences with zeros before their beginning, up to the longest of the batch.

    Whatever reads a sequence to its end then ends with a real value.

    Args:
        samples: Dicts with `X`, [L] of any length, and `y`, a label.

    Returns:
        `X` [B, longest L] and `y` [B].
    """
    longest = max(len(sample["X"]) for sample in samples)
    padded = [
        functional.pad(torch.as_tensor(sample["X"]), (longest - len(sample["X"]), 0))
        for sample in samples
    ]
    return {"X": torch.stack(padded), "y": torch.stack([torch.as_tensor(s["y"]) for s in samples])}


def pad_to_multiple(
    samples: Sequence[dict[str, Tensor]], multiple: int = 8
) -> dict[str, Tensor]:
    """Fills with zeros behind the end, up to the next multiple of a number.

    Fewer different shapes come out of it, and GPUs multiply matrices faster by eights.

    Args:
        samples: Dicts with `X`, [L] of any length, and `y`, a label.
        multiple: That the length becomes one of.

    Returns:
        `X` [B, L rounded up] and `y` [B].
    """
    longest = max(len(sample["X"]) for sample in samples)
    length = -(-longest // multiple) * multiple  # rounded up
    padded = [
        functional.pad(torch.as_tensor(sample["X"]), (0, length - len(sample["X"])))
        for sample in samples
    ]
    return {"X": torch.stack(padded), "y": torch.stack([torch.as_tensor(s["y"]) for s in samples])}


def pad_to_length(samples: Sequence[dict[str, Tensor]], length: int = 16) -> dict[str, Tensor]:
    """Fills with zeros behind the end up to a fixed length; what is longer is cut off there.

    Args:
        samples: Dicts with `X`, [L] of any length, and `y`, a label.
        length: Of every sequence of every batch.

    Returns:
        `X` [B, length] and `y` [B].
    """
    cut = [torch.as_tensor(sample["X"])[:length] for sample in samples]
    padded = [functional.pad(values, (0, length - len(values))) for values in cut]
    return {"X": torch.stack(padded), "y": torch.stack([torch.as_tensor(s["y"]) for s in samples])}


def my_collate_fn(batch: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The naive version, as in the lecture: fills the first sample up to the second's length.

    It is right for two samples, the shorter one first: `batch_size=2` over `ExampleDataset` in
    order. With a third sample the stack fails, and where the first is longer than the second
    `missing` is negative.
    """
    missing = len(batch[1]["X"]) - len(batch[0]["X"])
    first = torch.cat([batch[0]["X"], torch.zeros(missing)])
    others = [sample["X"] for sample in batch[1:]]
    return {
        "X": torch.stack([first, *others]),
        "y": torch.stack([sample["y"] for sample in batch]),
    }


# --- any samples -------------------------------------------------------------------------


def as_list(samples: Sequence[Any]) -> list[Any]:
    """The samples as they are: nothing is stacked."""
    return list(samples)


def as_dict(samples: Sequence[Any]) -> dict[str, tuple[Any, ...]]:
    """All `x` of the samples in one tuple and all `y` in another: nothing is stacked.

    Args:
        samples: Pairs, or dicts of two values.
    """
    pairs = [tuple(one.values()) if isinstance(one, dict) else one for one in samples]
    x, y = zip(*pairs, strict=True)
    return {"x": x, "y": y}


# --- pictures ----------------------------------------------------------------------------


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


def mix_up(samples: Sequence[tuple[Tensor, Any]], classes: int) -> tuple[Tensor, Tensor]:
    """Stacks pictures and lays each over its neighbour, with labels in the same shares.

    Args:
        samples: Pairs of an image [C, H, W], all of one size, and a class index.
        classes: Of the whole data set.

    Returns:
        [B, C, H, W] and the soft labels [B, classes], each row with the sum 1.
    """
    images, labels = default_collate(samples)
    return v2.MixUp(num_classes=classes)(images, labels)


def cut_mix(samples: Sequence[tuple[Tensor, Any]], classes: int) -> tuple[Tensor, Tensor]:
    """Stacks pictures and sets a rectangle of each into its neighbour, with labels by area.

    Args:
        samples: Pairs of an image [C, H, W], all of one size, and a class index.
        classes: Of the whole data set.

    Returns:
        [B, C, H, W] and the soft labels [B, classes], each row with the sum 1.
    """
    images, labels = default_collate(samples)
    return v2.CutMix(num_classes=classes)(images, labels)


# By the names of core.data.collate_table.
COLLATE_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "default": default_collate,
    "pad_zero": pad_zero,
    "pad_left": pad_left,
    "pad_multiple": pad_to_multiple,
    "pad_length": pad_to_length,
    "my_collate_fn": my_collate_fn,
    "list": as_list,
    "dict": as_dict,
    "pad_images": pad_images,
    "mix_up": mix_up,
    "cut_mix": cut_mix,
}


def build_collate(
    name: str, *, multiple: int = 8, length: int = 16, classes: int = 0
) -> Callable[[Sequence[Any]], Any]:
    """The collate function of a name with its options; it can be pickled.

    Args:
        multiple: For "pad_multiple".
        length: For "pad_length".
        classes: Of the data set, for "mix_up" and "cut_mix".

    Raises:
        ThawError: If there is none of that name.
    """
    given = {"multiple": multiple, "length": length, "classes": classes}
    options = {option: given[option] for option in find_collate(name).options}
    function = COLLATE_FUNCTIONS[name]
    return partial(function, **options) if options else function
