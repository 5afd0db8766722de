"""What a DataLoader did: wrappers around its parts, which change nothing that it yields."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset, get_worker_info

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


class TracedCollate:
    """A collate function whose batch says what it was made of; a class, so that it pickles."""

    def __init__(self, collate: Callable[[Any], Any], *, single: bool) -> None:
        self.collate, self.single = collate, single

    def __call__(self, pairs: Any) -> dict[str, Any]:
        pairs = [pairs] if self.single else pairs
        samples = [sample for _, sample in pairs]
        worker = get_worker_info()
        batch = self.collate(samples[0] if self.single else samples)
        return {
            "batch": batch,
            "indices": [index for index, _ in pairs],
            "sizes": [{name: _count(value) for name, value in leaves(one)} for one in samples],
            "worker": None if worker is None else worker.id,
            "made": now(),
        }


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
