"""The collate functions there are to choose from, as data: no torch is imported here."""

from dataclasses import dataclass
from typing import Literal

from core.data import loader_code_part
from core.data.datasets import Kind
from core.messages import ThawError

Option = Literal["multiple", "length", "classes"]


@dataclass(frozen=True)
class CollateEntry:
    """One collate function.

    Attributes:
        function: Its name in collate.py; "" for PyTorch's own.
        trainable: Whether the training loop can use its batches.
        kinds: Kinds of samples that it takes.
        options: Its further arguments.
        pads: Whether it fills with zeros.
    """

    name: str
    title: str
    about: str
    kinds: tuple[Kind, ...]
    function: str = ""
    trainable: bool = False
    options: tuple[Option, ...] = ()
    pads: bool = False


_ANY: tuple[Kind, ...] = ("image", "table", "sequence")

COLLATES: tuple[CollateEntry, ...] = (
    CollateEntry(
        "default", "default_collate", "Stacks samples of one shape into a tensor.", _ANY,
        trainable=True,
    ),
    CollateEntry(
        "pad_zero", "zero padding", "Fills shorter sequences with zeros up to the longest.",
        ("sequence",), "pad_zero", pads=True,
    ),
    CollateEntry(
        "pad_left", "zero padding, left",
        "Zeros in front: the last value of every sequence is a real one.",
        ("sequence",), "pad_left", pads=True,
    ),
    CollateEntry(
        "pad_multiple", "zero padding to a multiple",
        "Zeros up to the next multiple of a number, so that fewer different shapes come out.",
        ("sequence",), "pad_to_multiple", options=("multiple",), pads=True,
    ),
    CollateEntry(
        "pad_length", "zero padding to a fixed length",
        "Every batch has the same length; longer sequences are cut off there.",
        ("sequence",), "pad_to_length", options=("length",), pads=True,
    ),
    CollateEntry(
        "my_collate_fn", "my_collate_fn",
        "The lecture's naive version: fills the first sample up to the length of the second.",
        ("sequence",), "my_collate_fn", pads=True,
    ),
    CollateEntry("list", "list", "Leaves the samples as they are, in a list.", _ANY, "as_list"),
    CollateEntry(
        "dict", "dictionary", "All x in one tuple and all y in another; nothing is stacked.", _ANY,
        "as_dict",
    ),
    CollateEntry(
        "pad_images", "pad images", "Fills smaller pictures with zeros up to the largest.",
        ("image",), "pad_images", trainable=True, pads=True,
    ),
    CollateEntry(
        "mix_up", "MixUp", "Lays each picture over its neighbour; the labels are mixed as well.",
        ("image",), "mix_up", options=("classes",),
    ),
    CollateEntry(
        "cut_mix", "CutMix",
        "Sets a rectangle of each picture into its neighbour; the labels are mixed by area.",
        ("image",), "cut_mix", options=("classes",),
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


def source_of(name: str) -> str:
    """The Python source of one of Thaw's collate functions; "" for PyTorch's own."""
    function = find_collate(name).function
    return loader_code_part.source_of("collate", function) if function else ""


def call_of(name: str, *, multiple: int = 8, length: int = 16, classes: int = 0) -> str:
    """What stands behind `collate_fn=` with the options, as a person writes it."""
    entry = find_collate(name)
    given = {"multiple": multiple, "length": length, "classes": classes}
    options = "".join(f", {option}={given[option]}" for option in entry.options)
    function = entry.function or "default_collate"
    return f"partial({function}{options})" if options else function
