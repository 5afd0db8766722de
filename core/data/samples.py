"""The data sets that are explored, as plain `torch.utils.data.Dataset`s."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.transforms import v2

from core.data import datasets, load
from core.data.load import ImageData


class TableDataset(Dataset):
    """Rows of a table as NumPy has them: float64 [F] and an int64 label."""

    def __init__(self, rows: np.ndarray, targets: np.ndarray, classes: Sequence[str]) -> None:
        self.classes = tuple(classes)
        self.targets = targets.astype(np.int64)
        self._rows = rows

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.int64]:
        return self._rows[index], self.targets[index]


class ExampleDataset(Dataset):
    """The lecture's: item i is the value i, i+1 times, with label i; both float32."""

    def __init__(self, length: int = 10) -> None:
        self.classes = tuple(map(str, range(length)))
        self.targets = np.arange(length)

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return {
            "X": torch.full((index + 1,), index, dtype=torch.float32),
            "y": torch.tensor(index, dtype=torch.float32),
        }


class PictureDataset(Dataset):
    """Labelled images: float32 [3, H, W] in [0, 1] and an int label.

    Args:
        size: Side that they are squashed to; None leaves each as it is stored.
    """

    def __init__(self, data: ImageData, size: int | None) -> None:
        self.classes = data.classes
        self.targets = data.targets
        self._image = data.image
        steps: list[v2.Transform] = [v2.ToDtype(torch.float32, scale=True)]
        if size is not None:
            steps.insert(0, v2.Resize((size, size), antialias=True))
        self._transform = v2.Compose(steps)

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self._transform(self._image(index)), int(self.targets[index])


def open_dataset(name: str, path: str = "", size: int | None = None) -> Any:
    """A data set to explore: a `Dataset` with `classes` and `targets`.

    Raises:
        ThawError: If there is no such data set, folder or upload, or it can't be had.
    """
    entry = datasets.find_dataset(name)
    if entry.kind == "sequence":
        return ExampleDataset()
    if entry.kind == "image":
        return PictureDataset(load.load_images(name, path), size)
    from sklearn import datasets as bundled

    found = {"iris": bundled.load_iris, "wine": bundled.load_wine}[name]()
    return TableDataset(found.data, found.target, tuple(map(str, found.target_names)))
