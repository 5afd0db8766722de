"""What was explored as files in a folder, JSON and .npz: nothing is unpickled. No torch here."""

import dataclasses
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from core.data import child
from core.data.batch import Batch, Explored, Leaf
from core.messages import Problem

ROWS = 64  # of a tensor: more are never drawn
_MOST_BYTES = 300_000_000  # of all values together; of what comes after, the shape alone


def write(folder: Path, found: Explored) -> None:
    """Writes the answer of the job."""
    arrays = _Arrays()
    answer = {
        "samples": found.samples,
        "total": found.total,
        "class_names": list(found.class_names),
        "problem": found.problem and found.problem.as_dict(),
        "warnings": list(found.warnings),
        "labels": arrays.put(np.asarray(found.labels, dtype=np.int64)),
        "epochs": [
            {
                "sizes": arrays.put(np.array([len(batch) for batch in epoch], dtype=np.int64)),
                "indices": arrays.put(np.fromiter(chain.from_iterable(epoch), dtype=np.int64)),
            }
            for epoch in found.epochs
        ],
        "batches": [
            {
                **dataclasses.asdict(dataclasses.replace(batch, leaves=(), samples=())),
                "leaves": _leaves(batch.leaves, arrays),
                "samples": [_leaves(sample, arrays) for sample in batch.samples],
            }
            for batch in found.batches
        ],
    }
    with open(folder / "arrays.npz", "wb") as file:
        np.savez(file, **arrays.found)
    child.write_answer(folder, answer)


def read(folder: Path) -> Explored:
    """Reads what `write` wrote."""
    answer = child.read_json(folder)
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        problem = answer["problem"]
        return Explored(
            answer["samples"],
            answer["total"],
            tuple(_batch(row, arrays) for row in answer["batches"]),
            tuple(answer["class_names"]),
            problem and Problem.from_dict(problem),
            tuple(
                _epoch(arrays[one["sizes"]], arrays[one["indices"]]) for one in answer["epochs"]
            ),
            tuple(arrays[answer["labels"]].tolist()),
            tuple(answer["warnings"]),
        )


class _Arrays:
    """Values that are written beside the JSON, by a name each."""

    def __init__(self) -> None:
        self.found: dict[str, np.ndarray] = {}
        self._bytes = 0

    def put(self, array: np.ndarray | None) -> str | None:
        """The name; None if there is nothing that can be kept."""
        if array is None or array.dtype == object or self._bytes > _MOST_BYTES:
            return None
        self._bytes += array.nbytes
        name = f"a{len(self.found)}"
        self.found[name] = array
        return name


def _leaves(leaves: Sequence[Leaf], arrays: _Arrays) -> list[dict[str, Any]]:
    return [
        {**dataclasses.asdict(dataclasses.replace(leaf, value=None)),
         "value": arrays.put(leaf.value)}
        for leaf in leaves
    ]


def _batch(row: dict[str, Any], arrays: Any) -> Batch:
    return Batch(**{
        **row,
        "indices": tuple(row["indices"]),
        "leaves": tuple(_leaf(leaf, arrays) for leaf in row["leaves"]),
        "samples": tuple(
            tuple(_leaf(leaf, arrays) for leaf in sample) for sample in row["samples"]
        ),
    })


def _leaf(row: dict[str, Any], arrays: Any) -> Leaf:
    return Leaf(**{
        **row, "shape": tuple(row["shape"]), "lengths": tuple(row["lengths"]),
        "value": None if row["value"] is None else arrays[row["value"]],
    })


def _epoch(sizes: np.ndarray, indices: np.ndarray) -> tuple[tuple[int, ...], ...]:
    found, values, start = [], indices.tolist(), 0
    for size in sizes.tolist():
        found.append(tuple(values[start : start + size]))
        start += size
    return tuple(found)
