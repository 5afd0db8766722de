"""torchvision's own data sets as they lie on this computer; no torch is imported for a look.

They lie as torchvision leaves them, so that a folder which someone has already can be copied
here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import places
from core.data.datasets import DATASETS, DatasetEntry

_IDX = tuple(
    f"raw/{part}-{kind}-ubyte"
    for part in ("train", "t10k")
    for kind in ("images-idx3", "labels-idx1")
)


@dataclass(frozen=True)
class Form:
    """One of torchvision's data sets on disk.

    Attributes:
        folder: Its name under the root of all data.
        marks: What is in the folder when it is whole.
        splits: Arguments that give each split; the last is the test.
    """

    folder: str
    marks: tuple[str, ...]
    splits: tuple[dict[str, Any], ...] = ({"train": True}, {"train": False})


# By the name of torchvision's class.
FORMS: dict[str, Form] = {
    "CIFAR10": Form(
        "cifar-10-batches-py",
        (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta"),
    ),
    "CIFAR100": Form("cifar-100-python", ("train", "test", "meta")),
    "FashionMNIST": Form("FashionMNIST", _IDX),
    "MNIST": Form("MNIST", _IDX),
    "Flowers102": Form(
        "flowers-102", ("jpg", "imagelabels.mat", "setid.mat"),
        ({"split": "train"}, {"split": "val"}, {"split": "test"}),
    ),
    "OxfordIIITPet": Form(
        "oxford-iiit-pet", ("images", "annotations/trainval.txt", "annotations/test.txt"),
        ({"split": "trainval"}, {"split": "test"}),
    ),
}


def is_ready(entry: DatasetEntry) -> bool:
    """Whether a data set of torchvision is on this computer."""
    folder = folder_of(entry)
    return all((folder / mark).exists() for mark in FORMS[entry.torchvision].marks)


def folder_of(entry: DatasetEntry) -> Path:
    """Where a data set of torchvision lies, or would lie."""
    return places.data_root() / FORMS[entry.torchvision].folder


def splits_of(entry: DatasetEntry) -> tuple[dict[str, Any], ...]:
    """Arguments of torchvision's class that give each split; the last is the test."""
    return FORMS[entry.torchvision].splits


def offline_titles() -> list[str]:
    """All data sets that need no network."""
    return [
        entry.title
        for entry in DATASETS
        if entry.trainable and (not entry.torchvision or is_ready(entry))
    ]


def class_of(entry: DatasetEntry) -> Any:
    """torchvision's class of a data set."""
    from torchvision import datasets

    return getattr(datasets, entry.torchvision)
