"""What the exercises' batches must be, and what is off in one that is not. No torch here.

A batch from the box is what a stranger sent: its form and its numbers are checked as it is read.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from core.messages import Problem

_MOST_VALUES, _DEEPEST = 10_000, 6


@dataclass(frozen=True)
class Found:
    """A batch, or a part of one, as the box described it.

    Attributes:
        type: "dict", "list", "tuple", "tensor", "ndarray", or the name of another Python type.
        parts: Of a dict, list or tuple, by key or place.
        count: How many parts it has; a long list is not sent whole.
        values: Of a tensor or an array; None where there are too many.
    """

    type: str
    parts: Mapping[str, "Found"]
    count: int = 0
    dtype: str = ""
    shape: tuple[int, ...] = ()
    values: np.ndarray | None = None


def example_data() -> tuple[list[list[float]], list[float]]:
    """`X` and `y` of the ten samples of ExampleDataset."""
    return [[float(i)] * (i + 1) for i in range(10)], [float(i) for i in range(10)]


@cache
def iris() -> tuple[np.ndarray, np.ndarray]:
    """`X` [150, 4] float64 and `y` [150] int64."""
    from sklearn.datasets import load_iris

    X, y = load_iris(return_X_y=True)
    return X, y.astype(np.int64)


def expected_batch(exercise: str, indices: Sequence[int]) -> dict[str, np.ndarray]:
    """The tensors in the batch of these samples; "0" and "1" for a pair."""
    if exercise in ("dataset", "length", "dataset_dict"):
        X, y = iris()
        names = ("X", "y") if exercise == "dataset_dict" else ("0", "1")
        rows = list(indices)
        return {names[0]: X[rows].astype(np.float32), names[1]: y[rows]}
    lengths = [index + 1 for index in indices]
    X = np.zeros((len(lengths), max(lengths)), np.float32)
    for row, (index, length) in enumerate(zip(indices, lengths, strict=True)):
        X[row, -length if exercise == "pad_left" else 0 :][:length] = index
    found = {"X": X, "y": np.array(indices, np.float32)}
    if exercise == "lengths":
        found["lengths"] = np.array(lengths, np.int64)
    return found


# --- what is off -------------------------------------------------------------------------


def compare(
    expected: Mapping[str, np.ndarray], found: Found, indices: Sequence[int]
) -> Problem | None:
    """The first thing that is off in a batch; None if it is right."""
    is_pair = "0" in expected
    names = " and ".join([", ".join(list(expected)[:-1]), list(expected)[-1]])
    wanted = "a pair [X, y]" if is_pair else f"a dict with {names}"
    if found.type not in (("list", "tuple") if is_pair else ("dict",)):
        return Problem("exercise.type", {"found": _said(found), "wanted": wanted})
    if is_pair and found.count != len(expected):
        return Problem("exercise.count", {"found": _said(found), "wanted": wanted})
    for name in expected:
        if name not in found.parts:
            keys = ", ".join(found.parts) or "nothing"
            return Problem("exercise.missing", {"name": name, "keys": keys})
    if more := [name for name in found.parts if name not in expected]:
        return Problem("exercise.more", {"names": ", ".join(more[:8]), "wanted": wanted})
    for name, one in expected.items():
        said = {"0": "X", "1": "y"}.get(name, name)
        if problem := _compare_part(said, one, found.parts[name], indices):
            return problem
    return None


def _compare_part(
    name: str, right: np.ndarray, found: Found, indices: Sequence[int]
) -> Problem | None:
    if found.type != "tensor":
        return Problem("exercise.no_tensor", {"name": name, "found": _said(found)})
    if found.shape != right.shape:
        values = {"name": name, "found": str(list(found.shape)), "wanted": str(list(right.shape))}
        return Problem("exercise.shape", values)
    if found.dtype != str(right.dtype):
        values = {"name": name, "found": found.dtype, "wanted": str(right.dtype)}
        return Problem("exercise.dtype", values)
    if found.values is None:
        return Problem("exercise.no_tensor", {"name": name, "found": _said(found)})
    off = ~np.isclose(found.values, right.astype(np.float64), rtol=1e-5, atol=1e-6)
    if not off.any():
        return None
    if (row := _swapped(found.values, right)) is not None:
        of = next(
            index for index, one in zip(indices, right, strict=True)
            if np.allclose(one, found.values[row])
        )
        return Problem("exercise.order", {"name": name, "row": row, "of": of,
                                          "wanted": indices[row]})
    place = tuple(int(side) for side in np.argwhere(off)[0])
    return Problem("exercise.value", {
        "name": name, "place": "".join(f"[{side}]" for side in place),
        "found": f"{found.values[place]:.6g}", "wanted": f"{right[place]:.6g}",
        "sample": indices[place[0]], "count": int(off.sum()),
    })


def _swapped(found: np.ndarray, right: np.ndarray) -> int | None:
    """The first row that is another one's, where the rows are the right ones in another order."""
    def ordered(values: np.ndarray) -> np.ndarray:
        rows = values.reshape(len(values), -1).astype(np.float64)
        return rows[np.lexsort(rows.T[::-1])]

    if len(right) < 2 or not np.allclose(ordered(found), ordered(right)):
        return None
    pairs = enumerate(zip(found, right, strict=True))
    return next((row for row, (one, other) in pairs if not np.allclose(one, other)), None)


# --- in words ----------------------------------------------------------------------------


def _said(found: Found) -> str:
    if found.type in ("list", "tuple"):
        return f"a {found.type} of {found.count}"
    if found.type == "dict":
        return f"a dict with {', '.join(found.parts) or 'nothing'}"
    if found.type == "tensor":
        return f"a tensor {found.dtype} {list(found.shape)}"
    return "None" if found.type == "NoneType" else f"of type {found.type}"


def text_of(found: Found | Mapping[str, np.ndarray], name: str = "") -> str:
    """A batch as text: each tensor with its dtype, its shape and its numbers."""
    if isinstance(found, Found) and found.type not in ("tensor", "ndarray"):
        if not found.parts:
            return f"{name}{_said(found)}"
        return "\n".join(text_of(one, f"{key}  ") for key, one in list(found.parts.items())[:8])
    if isinstance(found, Found):
        kind = "" if found.type == "tensor" else "ndarray "
        head = f"{name}{kind}{found.dtype} {list(found.shape)}"
        return head if found.values is None else f"{head}\n{_lines(found.values)}"
    return "\n".join(
        f"{key}  {one.dtype} {list(one.shape)}\n{_lines(one)}"
        for key, one in found.items()
    )


def _lines(values: np.ndarray) -> str:
    if values.ndim == 0 or values.size == 0:
        return f"   {values}"
    rows = values[None] if values.ndim == 1 else values.reshape(len(values), -1)
    lines = [
        "   " + " ".join(f"{one:>4.4g}" for one in row[:12]) + (" …" if len(row) > 12 else "")
        for row in rows[:12].tolist()
    ]
    return "\n".join([*lines, *(["   …"] if len(rows) > 12 else [])])


def read_found(raw: Any, depth: int = 0) -> Found:
    """What the box described.

    Raises:
        ValueError: If it is no description; or TypeError, KeyError, AttributeError.
    """
    if depth > _DEEPEST:
        raise ValueError("too deep")
    parts = [read_found(one, depth + 1) for one in raw.get("items", [])]
    keys = [str(key)[:60] for key in raw.get("keys", range(len(parts)))]
    shape = tuple(_whole(side) for side in raw.get("shape", []))
    values = None
    if (numbers := raw.get("values")) is not None:
        if len(numbers) > _MOST_VALUES or len(numbers) != math.prod(shape):
            raise ValueError("not what it says")
        values = np.array([float(one) for one in numbers], np.float64).reshape(shape)
    return Found(
        str(raw["type"])[:60], dict(zip(keys, parts, strict=True)),
        _whole(raw.get("count", len(parts))), str(raw.get("dtype", ""))[:30], shape, values,
    )


def _whole(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 2**62:
        raise ValueError("no such number")
    return value
