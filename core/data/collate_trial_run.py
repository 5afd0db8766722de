"""Tries the collate functions on one batch of samples, each on samples of its own."""

import copy
import linecache
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from core.data import collate, collate_table, collate_trial, datasets
from core.data.collate_table import CollateEntry
from core.data.collate_trial import CollateTrial, Failure, Made, Part, Tried
from core.data.collate_why import why
from core.data.leaf import as_array
from core.data.samples import open_dataset
from core.data.trace import leaves

_ROWS, _COLUMNS, _PARTS = 16, 48, 40  # that go to the page
_PIXELS = 128  # of a side of a picture that goes there
_SAID = 600
_STREAMED = 10_000  # samples of a stream that are looked at: it has no length


def answer(folder: Path, values: Mapping[str, Any]) -> None:
    """The job: `values` are the fields of a `CollateTrial`."""
    collate_trial.write(folder, run(collate_trial.parse(values)))


def run(trial: CollateTrial) -> Tried:
    """What each function that takes such samples makes of the batch.

    Raises:
        ThawError: If the data can't be had.
    """
    dataset = open_dataset(trial.data, size=trial.size)
    batch, total, indices, samples = _picked(dataset, trial)
    kind = datasets.find_dataset(trial.data).kind
    every = _every_pixel(samples) if kind == "image" else 1
    classes = tuple(dataset.classes)
    return Tried(
        batch, total, indices, tuple(_label(one, classes) for one in samples),
        tuple(_parts(one, every) for one in samples),
        tuple(
            _made(entry, samples, trial, classes, every)
            for entry in collate_table.COLLATES if kind in entry.kinds
        ),
        len(classes), every,
    )


def _picked(dataset: Any, trial: CollateTrial) -> tuple[int, int, tuple[int, ...], list[Any]]:
    """Number of the batch, how many there are, and its samples with their indices."""
    size = trial.batch_size
    if isinstance(dataset, IterableDataset):
        everything = list(islice(dataset, _STREAMED))
        total = -(-len(everything) // size)
        batch = min(trial.batch, total - 1)
        return batch, total, (), everything[batch * size : (batch + 1) * size]
    # A loader over the places alone: its order is that of the loader over the samples.
    loader = DataLoader(
        range(len(dataset)), batch_size=size, shuffle=trial.order == "shuffled", collate_fn=list,
        generator=torch.Generator().manual_seed(trial.seed),
    )
    batch = min(trial.batch, len(loader) - 1)
    indices = next(islice(loader, batch, None))
    return batch, len(loader), tuple(indices), [dataset[index] for index in indices]


def _label(sample: Any, classes: Sequence[str]) -> str:
    label = sample.get("y") if isinstance(sample, dict) else sample[-1]
    place = int(label) if np.ndim(label) == 0 else -1
    return classes[place] if 0 <= place < len(classes) else str(label)


# --- one function ------------------------------------------------------------------------


def _made(
    entry: CollateEntry, samples: Sequence[Any], trial: CollateTrial, classes: Sequence[str],
    every: int,
) -> Made:
    function = collate.build_collate(
        entry.name, multiple=trial.multiple, length=trial.length, classes=len(classes)
    )
    given = copy.deepcopy(list(samples))  # a function may change what it is given
    torch.manual_seed(trial.seed)
    try:
        batch = function(given)
    except Exception as error:
        failure = Failure(
            type(error).__name__, str(error)[:_SAID], _line_of(error), why(entry, error, samples)
        )
        return Made(entry.name, failure=failure)
    filling = function(_marked(samples)) if entry.pads else None
    parts = _parts(batch, every, filling)
    lost = 0
    if filling is not None:
        brought = sum(value.numel() for one in samples for _, value in _fillable(one))
        lost = brought - sum(part.size - part.filled for part in parts if part.padding is not None)
    shares = _shares(batch[1], samples, classes) if "classes" in entry.options else ()
    return Made(entry.name, _form(batch), parts, lost, shares)


def _fillable(sample: Any) -> Iterator[tuple[str, Tensor]]:
    return (
        (name, value) for name, value in leaves(sample)
        if isinstance(value, Tensor) and value.ndim
    )


def _marked(samples: Sequence[Any]) -> list[Any]:
    """The samples with 1 for every value: what is 0 in their batch was filled."""
    def marked(value: Any) -> Any:
        if isinstance(value, Tensor):
            return torch.ones_like(value)
        if isinstance(value, dict):
            return {key: marked(one) for key, one in value.items()}
        return tuple(map(marked, value)) if isinstance(value, tuple) else value

    return [marked(one) for one in samples]


def _form(batch: Any) -> str:
    kind = type(batch).__name__
    if isinstance(batch, dict):
        return f"{kind} of {', '.join(batch)}"
    return f"{kind} of {len(batch)}" if isinstance(batch, (list, tuple)) else kind


def _shares(
    labels: Tensor, samples: Sequence[Any], classes: Sequence[str]
) -> tuple[tuple[tuple[str, float], ...], ...]:
    """Classes in each mixed label with their shares; a picture's own class comes first."""
    found = []
    for row, sample in zip(labels, samples, strict=True):
        own = _label(sample, classes)
        shares = [(classes[place], float(row[place])) for place in row.nonzero().flatten()]
        found.append(tuple(sorted(shares, key=lambda one, own=own: one[0] != own)))
    return tuple(found)


def _line_of(error: Exception) -> str:
    """The innermost line of our function on the way to the error."""
    found, trace = "", error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == collate.__file__:
            found = linecache.getline(collate.__file__, trace.tb_lineno).strip()
        trace = trace.tb_next
    return found


# --- parts -------------------------------------------------------------------------------


def _every_pixel(samples: Sequence[Any]) -> int:
    sides = [max(np.shape(leaves(one)[0][1])[-2:]) for one in samples]
    return max(1, -(-max(sides, default=1) // _PIXELS))


def _parts(value: Any, every: int, filling: Any = None) -> tuple[Part, ...]:
    """Every tensor and value in it.

    Args:
        every: Which pixel of a picture is kept.
        filling: The same batch of samples that were all 1.
    """
    marks = dict(leaves(filling)) if filling is not None else {}
    return tuple(
        _part(name, one, every, marks.get(name)) for name, one in leaves(value)[:_PARTS]
    )


def _part(name: str, value: Any, every: int, marks: Any) -> Part:
    array, kind, dtype = as_array(value)
    if not isinstance(value, (Tensor, np.ndarray)):
        return Part(name, kind, dtype, (), array, size=1)
    padding = None
    if isinstance(marks, Tensor) and marks.ndim > 1:
        padding = (marks == 0).numpy()
    filled = int(padding.sum()) if padding is not None else 0
    return Part(
        name, kind, dtype, tuple(array.shape), _beginning(array, every),
        None if padding is None else _beginning(padding, every, is_mask=True), filled, array.size,
    )


def _beginning(array: np.ndarray, every: int, *, is_mask: bool = False) -> np.ndarray:
    """What of it goes to the page."""
    if array.ndim >= 3 and array.shape[-3] == 3:  # [..., 3, H, W]
        array = array[..., ::every, ::every]
        if is_mask:
            return array[..., 0, :, :]
        pixels = np.rint(np.clip(array, 0, 1) * 255).astype(np.uint8)
        return np.moveaxis(pixels, -3, -1)
    if array.ndim == 0:
        return array
    if array.ndim == 1:
        return array[:_COLUMNS]
    return array.reshape(len(array), -1)[:_ROWS, :_COLUMNS]


