"""The data sets there are to choose from, as data: no torch is imported here."""

import difflib
from dataclasses import dataclass
from typing import Literal

from core.messages import ThawError

Kind = Literal["image", "table", "sequence"]


@dataclass(frozen=True)
class DatasetEntry:
    """One data set.

    Attributes:
        kind: What a sample is: an image, a row of a table, or a sequence.
        trainable: Whether a vision model can be trained on it.
        why_not: Ends the sentence "... can't be trained on: "; "" if it can.
        needs_path: Whether a folder, or the id of an upload, belongs to it.
        download_mb: Size of the download; 0 if there is none.
        size: Samples, or None if it depends on the folder.
        classes: Number of classes, or None if it depends on the folder.
        official_test: Whether it comes with a test split of its own.
        train_per_class: Training images a class that suit a lesson; None for all.
        val: Share that validates.
        test: Share that is held out, where the set has no test split of its own.
        augment: Augmentation that suits its pictures.
        torchvision: Name of torchvision's class; "" if it is none of its.
        stream: Whether it is an `IterableDataset`: its samples have no indices.
    """

    name: str
    title: str
    kind: Kind
    about: str
    trainable: bool = True
    why_not: str = ""
    needs_path: bool = False
    download_mb: int = 0
    size: int | None = None
    classes: int | None = None
    official_test: bool = False
    train_per_class: int | None = None
    val: float = 0.15
    test: float = 0.15
    augment: Literal["none", "affine", "flip_crop", "trivial"] = "flip_crop"
    torchvision: str = ""
    stream: bool = False


_TABLE = "its samples are rows of numbers and the models here take images; look at its batches"
_SEQUENCE = "its samples are sequences and the models here take images; look at its batches"
_STREAM = "its samples are a stream of numbers and the models here take images; look at its batches"
_MADE = "it is made to look at its batches and not to train on"

DATASETS: tuple[DatasetEntry, ...] = (
    DatasetEntry(
        "digits", "Digits", "image", "Handwritten digits of 8×8 pixels, with scikit-learn.",
        size=1797, classes=10, train_per_class=20, val=0.2, test=0.5, augment="affine",
    ),
    DatasetEntry(
        "folder", "Image folder", "image", "A folder on this computer, one sub-folder a class.",
        needs_path=True,
    ),
    DatasetEntry(
        "upload", "Uploaded images", "image", "A zip that was brought, one folder a class.",
        needs_path=True,
    ),
    DatasetEntry(
        "cifar10", "CIFAR-10", "image", "Photographs of 32×32 pixels in ten classes.",
        download_mb=163, size=60_000, classes=10, official_test=True, torchvision="CIFAR10",
    ),
    DatasetEntry(
        "cifar100", "CIFAR-100", "image", "Photographs of 32×32 pixels in a hundred classes.",
        download_mb=161, size=60_000, classes=100, official_test=True, torchvision="CIFAR100",
    ),
    DatasetEntry(
        "fashion_mnist", "FashionMNIST", "image", "Clothes in grey, 28×28 pixels.",
        download_mb=30, size=70_000, classes=10, official_test=True, torchvision="FashionMNIST",
    ),
    DatasetEntry(
        "mnist", "MNIST", "image", "Handwritten digits in grey, 28×28 pixels.",
        download_mb=11, size=70_000, classes=10, official_test=True, augment="affine",
        torchvision="MNIST",
    ),
    DatasetEntry(
        "flowers102", "Flowers-102", "image", "Photographs of flowers in 102 classes.",
        download_mb=345, size=8189, classes=102, official_test=True, torchvision="Flowers102",
    ),
    DatasetEntry(
        "oxford_pets", "Oxford-IIIT Pet", "image", "Photographs of 37 breeds of cats and dogs.",
        download_mb=792, size=7349, classes=37, official_test=True, torchvision="OxfordIIITPet",
    ),
    DatasetEntry(
        "iris", "Iris", "table", "Four lengths of 150 flowers, with scikit-learn.",
        trainable=False, why_not=_TABLE, size=150, classes=3,
    ),
    DatasetEntry(
        "wine", "Wine", "table", "Thirteen measurements of 178 wines, with scikit-learn.",
        trainable=False, why_not=_TABLE, size=178, classes=3,
    ),
    DatasetEntry(
        "example", "ExampleDataset", "sequence",
        "The lecture's: item i is the value i, i+1 times, with label i.",
        trainable=False, why_not=_SEQUENCE, size=10, classes=10,
    ),
    DatasetEntry(
        "sentences", "Sentences", "sequence",
        "Short sentences as word ids, of 2 to 26 words and signs, with their subject.",
        trainable=False, why_not=_SEQUENCE, size=48, classes=4,
    ),
    DatasetEntry(
        "shapes", "Shapes of different sizes", "image",
        "Generated pictures of a circle, a square or a triangle, each of another size.",
        trainable=False, why_not=_MADE, size=300, classes=3,
    ),
    DatasetEntry(
        "long_tail", "Digits with a long tail", "image",
        "Of each digit only six tenths as many as of the one before: many zeros, hardly a nine.",
        trainable=False, why_not=_MADE, size=446, classes=10,
    ),
    DatasetEntry(
        "noisy", "Digits with NumPy noise", "image",
        "Noise that NumPy draws anew each time: it shows how the workers are seeded.",
        trainable=False, why_not=_MADE, size=1797, classes=10,
    ),
    DatasetEntry(
        "slow", "Slow digits", "image",
        "Every sample takes 5 ms more, as if it came from a slow disk.",
        trainable=False, why_not=_MADE, size=1797, classes=10,
    ),
    DatasetEntry(
        "random_5000", "5,000 random tensors", "table",
        "The lecture's: 32 random numbers a sample, all of them in memory.",
        trainable=False, why_not=_TABLE, size=5000, classes=2,
    ),
    DatasetEntry(
        "random_10000", "10,000 random tensors", "table",
        "The lecture's: 32 random numbers a sample, all of them in memory.",
        trainable=False, why_not=_TABLE, size=10_000, classes=2,
    ),
    DatasetEntry(
        "stream", "Stream, naive", "table",
        "An IterableDataset of the numbers 0 to 59: every worker yields all of them.",
        trainable=False, why_not=_STREAM, size=60, classes=2, stream=True,
    ),
    DatasetEntry(
        "stream_split", "Stream, split", "table",
        "The same stream, divided among the workers by get_worker_info.",
        trainable=False, why_not=_STREAM, size=60, classes=2, stream=True,
    ),
)

_BY_NAME = {entry.name: entry for entry in DATASETS}


def find_dataset(name: str) -> DatasetEntry:
    """The entry of a data set.

    Raises:
        ThawError: If there is no such data set; names the nearest, or all.
    """
    if name not in _BY_NAME:
        near = difflib.get_close_matches(name.lower(), _BY_NAME, n=3, cutoff=0.5)
        raise ThawError("data.unknown", name=name, known=", ".join(near or _BY_NAME))
    return _BY_NAME[name]
