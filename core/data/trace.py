"""What a DataLoader did: wrappers around its parts, which change nothing that it yields.

What times them is in `race_trace`; here is what says of which samples a batch is made.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset, get_worker_info

from core.data.batch import Leaf
from core.data.leaf import leaf_of

SAMPLES = 8  # of a batch, that are shown as they were before they were collated
_ROWS, _BYTES = 64, 2_000_000  # of each of their values

# One clock for all processes of a machine: CLOCK_MONOTONIC on Linux, mach_absolute_time on
# macOS, QueryPerformanceCounter on Windows. `time.time` may be set while a loader runs.
now = time.perf_counter


class TracedSamples(Dataset):
    """Samples with their index."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> tuple[int, Any]:
        return int(index), self.dataset[index]


class TracedStream(IterableDataset):
    """Samples of a stream with their number in it; it says itself which this process yields."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        return zip(self.dataset.numbers(), self.dataset, strict=True)


class TracedStart:
    """A `worker_init_fn` that calls the loader's own, which finds the data set it knows."""

    def __init__(self, first: Callable[[int], None]) -> None:
        self.first = first

    def __call__(self, worker: int) -> None:
        info = get_worker_info()
        wrapper = info.dataset
        if isinstance(wrapper, (TracedSamples, TracedStream)):
            object.__setattr__(info, "dataset", wrapper.dataset)  # it is frozen
        self.first(worker)
        object.__setattr__(info, "dataset", wrapper)


class TracedCollate:
    """A collate function whose batch says what it was made of; a class, so that it pickles."""

    def __init__(self, collate: Callable[[Any], Any], *, single: bool) -> None:
        self.collate, self.single = collate, single

    def __call__(self, pairs: Any) -> dict[str, Any]:
        pairs = [pairs] if self.single else pairs
        samples = [sample for _, sample in pairs]
        worker = get_worker_info()
        # A collate function may change its samples.
        before = [_seen(one) for one in samples[:SAMPLES]]
        batch = self.collate(samples[0] if self.single else samples)
        return {
            "batch": batch,
            "indices": [index for index, _ in pairs],
            "sizes": [{name: _count(value) for name, value in leaves(one)} for one in samples],
            "samples": before,
            "worker": None if worker is None else worker.id,
            "made": now(),
        }


def _seen(sample: Any) -> tuple[Leaf, ...]:
    return tuple(
        leaf_of(name, value, rows=_ROWS, most=_BYTES) for name, value in leaves(sample)[:SAMPLES]
    )


def leaves(value: Any, name: str = "") -> list[tuple[str, Any]]:
    """Every tensor, array and plain value in nested dicts, lists and tuples, with its way."""
    if isinstance(value, dict):
        inner: Sequence[tuple[str, Any]] = [(str(key), one) for key, one in value.items()]
    elif isinstance(value, (list, tuple)):
        inner = [(str(place), one) for place, one in enumerate(value)]
    else:
        return [(name, value)]
    return [
        leaf for key, one in inner for leaf in leaves(one, f"{name}.{key}" if name else key)
    ]


def _count(value: Any) -> int | None:
    """Values of a sample's part; None for a single number, which nothing can be added to."""
    if np.ndim(value) == 0:
        return None
    return value.numel() if isinstance(value, Tensor) else np.size(value)
