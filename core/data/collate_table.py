"""The collate functions there are to choose from, as data: no torch is imported here."""

import ast
from dataclasses import dataclass
from pathlib import Path

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

# Names of the functions in collate.py; PyTorch's own is not there.
_FUNCTIONS = {"pad_zero": "pad_zero", "list": "as_list", "pad_images": "pad_images"}

_BY_NAME = {entry.name: entry for entry in COLLATES}


def find_collate(name: str) -> CollateEntry:
    """The entry of a collate function.

    Raises:
        ThawError: If there is none of that name.
    """
    if name not in _BY_NAME:
        raise ThawError("data.unknown_collate", name=name, known=", ".join(_BY_NAME))
    return _BY_NAME[name]


def source_of(name: str) -> str:
    """The Python source of one of Thaw's collate functions; "" for PyTorch's own."""
    text = Path(__file__).with_name("collate.py").read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == _FUNCTIONS.get(name):
            return ast.get_source_segment(text, node) or ""
    return ""
