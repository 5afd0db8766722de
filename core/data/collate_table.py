"""The collate functions there are to choose from, as data: no torch is imported here."""

from dataclasses import dataclass

from core.data.datasets import Kind
from core.messages import ThawError


@dataclass(frozen=True)
class CollateEntry:
    """One collate function.

    Attributes:
        trainable: Whether the training loop can use its batches.
        kinds: Kinds of samples that it takes.
    """

    name: str
    title: str
    about: str
    kinds: tuple[Kind, ...]
    trainable: bool = False


COLLATES: tuple[CollateEntry, ...] = (
    CollateEntry(
        "default", "default_collate", "Stacks samples of one shape into a tensor.",
        ("image", "table", "sequence"), trainable=True,
    ),
    CollateEntry(
        "pad_zero", "zero padding", "Fills shorter sequences with zeros up to the longest.",
        ("sequence",),
    ),
    CollateEntry(
        "list", "list", "Leaves the samples as they are, in a list.",
        ("image", "table", "sequence"),
    ),
    CollateEntry(
        "pad_images", "pad images", "Fills smaller pictures with zeros up to the largest.",
        ("image",), trainable=True,
    ),
)

_BY_NAME = {entry.name: entry for entry in COLLATES}


def find_collate(name: str) -> CollateEntry:
    """The entry of a collate function.

    Raises:
        ThawError: If there is none of that name.
    """
    if name not in _BY_NAME:
        raise ThawError("data.unknown_collate", name=name, known=", ".join(_BY_NAME))
    return _BY_NAME[name]
