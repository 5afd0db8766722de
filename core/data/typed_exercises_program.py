"""In the box: lets a DataLoader run with what a user typed, and describes every batch.

It judges nothing: the user's code could change whatever would judge it here. What comes out goes
to `core.data.typed_check`, which knows the expected batches.
"""

import math
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from core.messages import ThawError
from core.sandbox.job import Reply
from core.sandbox.typed_code import Source

_MODULE = "own_code"
_MOST_VALUES, _MOST_ITEMS, _DEEPEST = 4_096, 64, 4
_MOST_DIMENSIONS = 16


def answer(folder: Path, asked: dict[str, Any]) -> Reply:
    """The batches of every setting, described.

    Args:
        folder: Where the code lies.
        asked: `file`, `label`, `defines`, `wants`; `X` and `y` of the data; `settings`: each with
            `batch_size`, `order` (indices, or None for in order) and `most` batches.

    Raises:
        ThawError: If the code is no Python, raises, or does not define what it should.
    """
    path = folder / asked["file"]
    source = Source(path.read_text(encoding="utf-8"), asked["label"], path)
    made = vars(source.run(_MODULE)).get(asked["defines"])
    if not callable(made):
        raise ThawError("exercise.not_defined", name=asked["defines"])
    if asked["wants"] == "collate":
        runs = [_collated(source, made, asked, setting) for setting in asked["settings"]]
        return Reply({"length": None, "is_dataset": True, "runs": runs})
    return _of_dataset(source, made, asked)


# --- a collate function ------------------------------------------------------------------


class _Kept(Dataset):
    """Samples that stay in memory, as many a data set keeps them."""

    def __init__(self, X: Sequence[Sequence[float]], y: Sequence[float]) -> None:
        self.samples = [
            {"X": torch.tensor(row, dtype=torch.float32),
             "y": torch.tensor(label, dtype=torch.float32)}
            for row, label in zip(X, y, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return self.samples[index]


def _collated(
    source: Source, function: Callable[[Any], Any], asked: dict[str, Any], setting: dict[str, Any]
) -> dict[str, Any]:
    data, untouched = _Kept(asked["X"], asked["y"]), _Kept(asked["X"], asked["y"])
    run = _run(source, lambda: data, function, setting, asked["defines"])
    return {**run, "changed": _changed(data, untouched)}


def _changed(data: _Kept, untouched: _Kept) -> int | None:
    """The first sample that is not what it was."""
    for place, (now, before) in enumerate(zip(data.samples, untouched.samples, strict=True)):
        if now.keys() != before.keys():
            return place
        for key, value in before.items():
            if not isinstance(now[key], Tensor) or not torch.equal(now[key], value):
                return place
    return None


# --- a data set --------------------------------------------------------------------------


def _of_dataset(source: Source, made: Callable[..., Any], asked: dict[str, Any]) -> Reply:
    def build() -> Any:
        X = np.array(asked["X"], dtype=np.float64)
        return made(X, np.array(asked["y"], dtype=np.int64))

    with source.blamed(f"{asked['defines']}(X, y) was made"):
        data = build()
    with source.blamed("len(dataset) was asked for"):
        length = len(data)
    runs = []
    for setting in asked["settings"]:
        order = setting["order"]
        # What shuffle gives: an order of the places that the data set says it has.
        inside = None if order is None else [place for place in order if place < length]
        run = _run(source, build, None, {**setting, "order": inside}, "the DataLoader")
        runs.append({**run, "changed": None})
    return Reply({"length": length, "is_dataset": isinstance(data, Dataset), "runs": runs})


# --- one setting -------------------------------------------------------------------------


def _run(
    source: Source, build: Callable[[], Any], collate: Callable[[Any], Any] | None,
    setting: dict[str, Any], doing: str,
) -> dict[str, Any]:
    """Batches of one loader, until it ends, fails, or gives more than there should be."""
    batches: list[Any] = []
    try:
        with _blamed(source, f"{doing} ran"):
            loader = DataLoader(
                build(), batch_size=setting["batch_size"], sampler=setting["order"],
                collate_fn=collate,
            )
            for batch in loader:
                batches.append(_described(batch))
                if len(batches) > setting["most"]:
                    break
    except ThawError as error:
        return {"batches": batches, "problem": error.problem.as_dict()}
    return {"batches": batches, "problem": None}


@contextmanager
def _blamed(source: Source, doing: str) -> Any:
    # A ThawError of the user's own code is one of his exceptions like any other.
    try:
        yield
    except MemoryError:
        raise
    except BaseException as error:
        raise source.explained(error, doing) from None


def _described(value: Any, depth: int = 0) -> dict[str, Any]:
    """What a value is, in words and numbers; its own methods are not asked where it matters."""
    found: dict[str, Any] = {"type": str(type(value).__name__)[:60]}
    if depth > _DEEPEST:
        return found
    if isinstance(value, dict):
        items = list(islice(dict.items(value), _MOST_ITEMS))
        found["type"] = "dict"
        found["keys"] = [str(key)[:60] for key, _ in items]
        found["items"] = [_described(one, depth + 1) for _, one in items]
    elif isinstance(value, (list, tuple)):
        base = list if isinstance(value, list) else tuple
        items = list(islice(base.__iter__(value), _MOST_ITEMS))
        found.update(type=base.__name__, count=base.__len__(value))
        found["items"] = [_described(one, depth + 1) for one in items]
    elif isinstance(value, Tensor):
        found.update(type="tensor", dtype=str(value.dtype).removeprefix("torch."))
        found.update(_numbers(value.detach(), tuple(value.shape)))
    elif isinstance(value, np.ndarray):
        found.update(type="ndarray", dtype=str(value.dtype))
        if value.dtype.kind in "fiub":
            found.update(_numbers(value, value.shape))
    return found


def _numbers(value: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {"shape": [int(side) for side in shape[:_MOST_DIMENSIONS]]}
    if math.prod(shape) <= _MOST_VALUES:
        numbers = value.reshape(-1).tolist()
        found["values"] = [float(one) if not isinstance(one, complex) else 0.0 for one in numbers]
    return found
