"""Data sets that are made here, each to show something of a DataLoader.

Each class and function stands by itself, so that its source can be shown and run as it is.
"""

import math
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset, get_worker_info


class RandomTensors(Dataset):
    """The lecture's: so many random tensors in memory, with random labels.

    Args:
        length: Samples.
        features: Values of a sample, float32 in [0, 1).
    """

    def __init__(self, length: int, features: int = 32) -> None:
        generator = torch.Generator().manual_seed(0)
        self.values = torch.rand(length, features, generator=generator)
        self.classes = ("0", "1")
        self.targets = torch.randint(2, (length,), generator=generator).numpy()

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.values[index], int(self.targets[index])


class SlowDataset(Dataset):
    """Another data set that takes its time, as if every sample came from a slow disk.

    Args:
        dataset: Whose samples they are.
        milliseconds: That each sample takes longer.
    """

    def __init__(self, dataset: Any, milliseconds: float) -> None:
        self.dataset, self.milliseconds = dataset, milliseconds
        self.classes, self.targets = dataset.classes, dataset.targets

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        time.sleep(self.milliseconds / 1000)
        return self.dataset[index]


class NoisyDataset(Dataset):
    """Pictures with noise that NumPy draws anew each time: an augmentation as many write it.

    Which noise depends on how NumPy is seeded in the process that makes the sample.
    """

    def __init__(self, dataset: Any, strength: float = 0.25) -> None:
        self.dataset, self.strength = dataset, strength
        self.classes, self.targets = dataset.classes, dataset.targets

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture, target = self.dataset[index]
        noise = np.random.normal(0.0, self.strength, picture.shape).astype(np.float32)
        return (picture + torch.from_numpy(noise)).clamp(0, 1), target


class SentenceDataset(Dataset):
    """Sentences as word ids of any length; 0 is free for padding.

    Args:
        sentences: A line each: a label, a bar and a sentence.
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        pairs = [line.split("|", 1) for line in sentences]
        words = [re.findall(r"\w+|[^\w\s]", text.lower()) for _, text in pairs]
        self.vocabulary = ("<pad>", *sorted({word for one in words for word in one}))
        number = {word: place for place, word in enumerate(self.vocabulary)}
        self.ids = [torch.tensor([number[word] for word in one]) for one in words]
        self.lengths = [len(one) for one in self.ids]
        self.classes = tuple(sorted({label for label, _ in pairs}))
        self.targets = np.array([self.classes.index(label) for label, _ in pairs])

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return {"X": self.ids[index], "y": torch.tensor(self.targets[index])}


class NumberStream(IterableDataset):
    """A stream of numbers that knows nothing of workers: each of them yields all of it."""

    def __init__(self, start: int = 0, end: int = 60) -> None:
        self.start, self.end = start, end
        self.classes = ("even", "odd")
        self.targets = np.arange(start, end) % 2

    def numbers(self) -> range:
        """What this process yields."""
        return range(self.start, self.end)

    def __iter__(self) -> Iterator[tuple[Tensor, int]]:
        for number in self.numbers():
            yield torch.tensor([float(number)]), number % 2


class SplitNumberStream(NumberStream):
    """The same stream, split by `get_worker_info`: each worker yields its own part."""

    def numbers(self) -> range:
        """What this process yields."""
        worker = get_worker_info()
        if worker is None:  # the main process yields everything
            return range(self.start, self.end)
        share = math.ceil((self.end - self.start) / worker.num_workers)
        start = self.start + worker.id * share
        return range(start, min(start + share, self.end))


def long_tail(targets: np.ndarray, factor: float = 0.6) -> np.ndarray:
    """Indices of a long tail: of each class in turn only `factor` as many as of the one before."""
    kept = []
    for place, label in enumerate(np.unique(targets)):
        members = np.flatnonzero(targets == label)
        kept.append(members[: max(2, round(len(members) * factor**place))])
    return np.sort(np.concatenate(kept))


def draw_shape(index: int) -> tuple[np.ndarray, int]:
    """A picture of any size with one shape in it: uint8 [H, W, 3], and which shape it is.

    0 is a circle, 1 a square, 2 a triangle. The same index is always the same picture.
    """
    random = np.random.default_rng(index)
    height, width = random.integers(24, 97, 2)
    shape = int(random.integers(3))
    ground, colour = random.integers(20, 110, 3), random.integers(140, 256, 3)
    radius = 0.38 * min(height, width)
    rows = np.arange(height)[:, None] - height / 2
    columns = np.arange(width)[None] - width / 2
    if shape == 0:
        inside = rows**2 + columns**2 < radius**2
    elif shape == 1:
        inside = (abs(rows) < 0.85 * radius) & (abs(columns) < 0.85 * radius)
    else:
        inside = (rows < 0.8 * radius) & (2 * abs(columns) < rows + radius)
    return np.where(inside[..., None], colour, ground).astype(np.uint8), shape
