"""The data sets that are explored, as plain `torch.utils.data.Dataset`s."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.transforms import v2

from core.data import datasets, generated, load
from core.data.load import ImageData
from core.data.sentences import SENTENCES

SLOW_MS = 5.0  # of each sample of the slow data set


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
        self.lengths = [index + 1 for index in range(length)]

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
        self.left_out = data.left_out
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

    Sequences have `lengths` too.

    Raises:
        ThawError: If there is no such data set, folder or upload, or it can't be had.
    """
    entry = datasets.find_dataset(name)
    if name in MADE:
        return MADE[name](size)
    if entry.kind == "image":
        return PictureDataset(load.load_images(name, path), size)
    from sklearn import datasets as bundled

    found = {"iris": bundled.load_iris, "wine": bundled.load_wine}[name]()
    return TableDataset(found.data, found.target, tuple(map(str, found.target_names)))


def _digits(size: int | None) -> PictureDataset:
    return PictureDataset(load.load_images("digits"), size)


def _shapes(size: int | None) -> PictureDataset:
    count = datasets.find_dataset("shapes").size
    targets = np.array([generated.draw_shape(index)[1] for index in range(count)])
    return PictureDataset(
        ImageData("shapes", ("circle", "square", "triangle"), targets, _shape, ""), size
    )


def _shape(index: int) -> Tensor:
    return torch.from_numpy(generated.draw_shape(index)[0]).permute(2, 0, 1).contiguous()


def _long_tail(size: int | None) -> PictureDataset:
    data = load.load_images("digits")
    kept = generated.long_tail(data.targets)
    images = torch.stack([data.image(int(index)) for index in kept])
    return PictureDataset(
        ImageData("long_tail", data.classes, data.targets[kept], images.__getitem__, ""), size
    )


# From the size of pictures to the data set. By the names of core.data.datasets.
MADE: dict[str, Callable[[int | None], Any]] = {
    "example": lambda size: ExampleDataset(),
    "sentences": lambda size: generated.SentenceDataset(SENTENCES),
    "shapes": _shapes,
    "long_tail": _long_tail,
    "noisy": lambda size: generated.NoisyDataset(_digits(size)),
    "slow": lambda size: generated.SlowDataset(_digits(size), SLOW_MS),
    "random_5000": lambda size: generated.RandomTensors(5000),
    "random_10000": lambda size: generated.RandomTensors(10_000),
    "stream": lambda size: generated.NumberStream(),
    "stream_split": lambda size: generated.SplitNumberStream(),
}
