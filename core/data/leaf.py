"""From a tensor or value within a batch or sample to what is shown of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from core.data.batch import Leaf


def leaf_of(
    name: str,
    value: Any,
    sizes: Sequence[dict[str, int | None]] = (),
    *,
    rows: int | None = None,
    most: int = 8_000_000,
) -> Leaf:
    """One tensor or value as NumPy has it; always a copy, so that no shared memory is held.

    Args:
        sizes: How many values each sample of the batch brought, by name; () for a sample.
        rows: How many of them are kept; None keeps all.
        most: Bytes that are kept at most, where rows are cut off.
    """
    array, kind, dtype = as_array(value)
    if not isinstance(value, (Tensor, np.ndarray)):
        return Leaf(name, kind, dtype, (), array)
    brought = [one.get(name) for one in sizes]
    padding, lengths = 0, ()
    if sizes and array.ndim and len(array) == len(sizes) and None not in brought:
        room = array.size // max(len(array), 1)  # less than a sample brought where it was cut off
        padding = sum(max(room - size, 0) for size in brought)
        lengths = tuple(brought) if padding > 0 else ()
    kept = array if rows is None else _first(array, rows, most)
    return Leaf(name, kind, dtype, tuple(array.shape), np.array(kept), max(padding, 0), lengths)


def _first(array: np.ndarray, rows: int, most: int) -> np.ndarray:
    if not array.ndim or not len(array):
        return array
    return array[: min(rows, max(1, int(most / max(array[0].nbytes, 1))))]


def as_array(value: Any) -> tuple[np.ndarray | None, str, str]:
    """A tensor, array or number as NumPy has it, its kind and its dtype; None for anything else."""
    if isinstance(value, Tensor):
        return value.detach().cpu().numpy(), "tensor", str(value.dtype).removeprefix("torch.")
    if isinstance(value, np.ndarray):
        return value, "ndarray", str(value.dtype)
    kind = type(value).__name__
    is_number = isinstance(value, (int, float, np.generic))
    return np.asarray(value) if is_number else None, kind, kind
