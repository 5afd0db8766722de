"""The images of torchvision's own data sets, read by torchvision."""

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core import network, places
from core.data.datasets import DatasetEntry
from core.data.downloads import download
from core.data.torchvision_sets import class_of, folder_of, splits_of
from core.messages import ThawError

if TYPE_CHECKING:
    from core.data.load import ImageData


def load(entry: DatasetEntry, progress: network.Progress | None = None) -> "ImageData":
    """The images of a data set of torchvision: all its splits, of which the last is the test.

    Args:
        progress: Told the bytes so far and in all while it is downloaded.

    Raises:
        ThawError: If it is not here and can't be downloaded, or it is damaged.
    """
    download(entry, progress)
    # Whatever damaged files make torchvision raise means the same to a person.
    try:
        return _read(entry, class_of(entry))
    except ThawError:
        raise
    except Exception:
        path = str(folder_of(entry))
        raise ThawError("data.download_damaged", name=entry.title, path=path) from None


def _read(entry: DatasetEntry, found: Any) -> "ImageData":
    from core.data.load import ImageData

    root = str(places.data_root())
    splits = [found(root, **arguments) for arguments in splits_of(entry)]
    read = _from_memory if hasattr(splits[0], "data") else _from_files
    image, targets, fingerprint = read(splits)
    in_test = len(splits[-1])
    return ImageData(
        name=entry.name,
        classes=tuple(splits[0].classes),
        targets=targets,
        image=image,
        fingerprint=fingerprint,
        official_test=np.arange(len(targets) - in_test, len(targets)),
    )


def _from_memory(splits: Sequence[Any]) -> tuple[Callable, np.ndarray, str]:
    """CIFAR in colour [N, H, W, 3] and MNIST in grey [N, H, W]: all pictures in one tensor."""
    import torch

    from core.data.load import fingerprint_of

    pixels = np.ascontiguousarray(np.concatenate([np.asarray(split.data) for split in splits]))
    targets = np.concatenate([np.asarray(split.targets, dtype=np.int64) for split in splits])
    images = torch.from_numpy(pixels)
    images = images.permute(0, 3, 1, 2) if images.ndim == 4 else images[:, None]
    return (
        images.expand(-1, 3, -1, -1).__getitem__,
        targets,
        fingerprint_of([memoryview(pixels).cast("B"), targets.tobytes()]),
    )


def _from_files(splits: Sequence[Any]) -> tuple[Callable, np.ndarray, str]:
    """Flowers and pets: photographs that are decoded when they are asked for."""
    from core.data.load import fingerprint_of, load_picture

    name = "_images" if hasattr(splits[0], "_images") else "_image_files"
    files = tuple(file for split in splits for file in getattr(split, name))
    targets = np.concatenate([np.array(split._labels, dtype=np.int64) for split in splits])
    # Their archives had the right checksum; names and sizes tell whether they are all there.
    known = repr([(file.name, file.stat().st_size) for file in files])
    return (
        functools.partial(load_picture, files),
        targets,
        fingerprint_of([known.encode(), targets.tobytes()]),
    )
