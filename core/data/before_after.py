"""What a collate function did: which value of the batch came from which sample, and what it filled.

Found by comparing the samples with the batch; no torch is imported here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.data.batch import Batch, Leaf

# stacked: one tensor with a row a sample; apart: a value a sample, side by side;
# whole: nothing of it belongs to one sample alone.
Kind = Literal["stacked", "apart", "whole"]
_MIXING = ("mix_up", "cut_mix")
_FILLS_IN_FRONT = ("pad_left",)


@dataclass(frozen=True)
class Row:
    """What became of one sample's value.

    Attributes:
        sources: Places of the samples that it was made of, in the list of samples.
        value: As it is in the batch, or None if it is no number.
        filled: Of the value's shape: where no sample brought anything; None where nothing was
            filled, or it can't be told.
        cut: Values of the sample that are not in it.
    """

    sources: tuple[int, ...]
    value: np.ndarray | None
    filled: np.ndarray | None = None
    cut: int = 0


@dataclass(frozen=True)
class Block:
    """One part of the batch: a tensor of rows, or values side by side.

    Attributes:
        name: The way to it in the batch: "0", "X"; "" if the batch is this part.
        parts: Of a sample that stayed whole: the way within it of each row; else ().
        leaf: The tensor of a stacked block; else the first of its values.
    """

    name: str
    kind: Kind
    rows: tuple[Row, ...]
    leaf: Leaf
    parts: tuple[str, ...] = ()


def fills_in_front(collate: str) -> bool:
    """Whether a collate function puts its padding before what a sample brought."""
    return collate in _FILLS_IN_FRONT


def blocks_of(batch: Batch, collate: str) -> tuple[Block, ...]:
    """The batch by its parts, each with the samples that it came from.

    Args:
        collate: Name of the collate function: some mix samples, or fill in front.
    """
    samples = batch.samples
    if not samples:
        return tuple(Block(leaf.name, "whole", (), leaf) for leaf in batch.leaves)
    count = len(batch.indices)
    by_name: dict[str, list[tuple[int, str, Leaf]]] = {}
    blocks: list[Block] = []
    for leaf in batch.leaves:
        if _is_stacked(leaf, count, samples):
            blocks.append(Block(leaf.name, "stacked", _rows(leaf, batch, collate), leaf))
            continue
        place, name, part = _own_place(leaf.name, count, samples)
        if place is None:
            source = (0,) if count == 1 else ()  # without batching the batch is its one sample
            rows = (Row(source, leaf.value),) if source else ()
            blocks.append(Block(leaf.name, "apart" if source else "whole", rows, leaf))
        elif place < len(samples):
            by_name.setdefault(name, []).append((place, part, leaf))
    for name, found in by_name.items():
        rows = tuple(Row((place,), leaf.value) for place, _, leaf in found)
        parts = tuple(part for _, part, _ in found) if any(part for _, part, _ in found) else ()
        blocks.append(Block(name, "apart", rows, found[0][2], parts))
    return tuple(blocks)


def _is_stacked(leaf: Leaf, count: int, samples: Sequence[Sequence[Leaf]]) -> bool:
    """Whether the leaf has one row a sample: its own first dimension, or one that is new."""
    if leaf.value is None or not leaf.shape or leaf.shape[0] != count:
        return False
    before = _same_part(leaf.name, samples[0])
    return before is None or len(leaf.shape) > len(before.shape)


def _same_part(name: str, sample: Sequence[Leaf]) -> Leaf | None:
    return next((leaf for leaf in sample if leaf.name == name), None)


def _own_place(
    name: str, count: int, samples: Sequence[Sequence[Leaf]]
) -> tuple[int | None, str, str]:
    """The sample that a leaf named "3.X" or "x.3" is of, what holds it, and the way within it."""
    first, _, rest = name.partition(".")
    parts = {leaf.name for leaf in samples[0]}
    if first.isdigit() and int(first) < count and rest in parts and count > 1:
        return int(first), "", rest
    if first.isdigit() and int(first) < count and rest in parts and rest:
        return int(first), "", rest  # a list of one
    before, _, last = name.rpartition(".")
    if before and last.isdigit() and int(last) < count:
        return int(last), before, ""
    return None, name, ""


def _rows(leaf: Leaf, batch: Batch, collate: str) -> tuple[Row, ...]:
    shown = min(len(leaf.value), len(batch.samples))
    count = len(batch.indices)
    if collate in _MIXING:  # torchvision lays each sample over the one before it
        return tuple(
            Row((place, (place - 1) % count), leaf.value[place]) for place in range(shown)
        )
    before = [_same_part(leaf.name, sample) for sample in batch.samples[:shown]]
    corner = _corner(leaf, before, in_front=fills_in_front(collate))
    return tuple(
        _row(place, np.asarray(leaf.value[place]), one, corner)
        for place, one in enumerate(before)
    )


Corner = Literal["first", "last"]


def _corner(leaf: Leaf, before: Sequence[Leaf | None], *, in_front: bool) -> Corner | None:
    """Where in its row every sample lies; a row of zeros alone would fit anywhere."""
    order: tuple[Corner, ...] = ("last", "first") if in_front else ("first", "last")
    for corner in order:
        if all(
            one is not None and _lies_in(np.asarray(leaf.value[place]), one, corner)
            for place, one in enumerate(before)
        ):
            return corner
    return None


def _room(row: np.ndarray, shape: Sequence[int], corner: Corner) -> tuple[slice, ...]:
    if corner == "first":
        return tuple(
            slice(0, min(own, room)) for own, room in zip(shape, row.shape, strict=True)
        )
    return tuple(
        slice(max(room - own, 0), room) for own, room in zip(shape, row.shape, strict=True)
    )


def _lies_in(row: np.ndarray, sample: Leaf, corner: Corner) -> bool:
    if sample.value is None or len(sample.shape) != row.ndim:
        return False
    room = row[_room(row, sample.shape, corner)]
    # Of a long sample only the first values were kept.
    known = tuple(
        slice(0, min(own, here))
        for own, here in zip(sample.value.shape, room.shape, strict=True)
    )
    return bool(np.array_equal(room[known], sample.value[known]))


def _row(place: int, row: np.ndarray, sample: Leaf | None, corner: Corner | None) -> Row:
    if sample is None or corner is None:
        return Row((place,), row)
    filled = np.ones(row.shape, dtype=bool)
    filled[_room(row, sample.shape, corner)] = False
    kept = math.prod(map(min, sample.shape, row.shape))
    return Row(
        (place,), row, filled if filled.any() else None, math.prod(sample.shape) - kept
    )
