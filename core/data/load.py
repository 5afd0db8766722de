"""Labelled images in one form, wherever they come from."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.data import datasets, pictures, subset
from core.messages import ThawError

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ImageData:
    """All labelled images of a data set.

    Attributes:
        name: As in `core.data.datasets`.
        classes: Name of each class.
        targets: [N], int64 class indices.
        image: From an index to a picture, uint8 [3, H, W].
        fingerprint: Changes when the images, their order or their labels do.
        official_test: Indices of the test split that the data set comes with, or None.
        left_out: Files that could not be used, each with its reason.
        files: [N], the file of each picture of an image folder; () elsewhere.
    """

    name: str
    classes: tuple[str, ...]
    targets: np.ndarray
    image: Callable[[int], Tensor]
    fingerprint: str
    official_test: np.ndarray | None = None
    left_out: tuple = ()
    files: tuple[Path, ...] = ()

    def __len__(self) -> int:
        return len(self.targets)


def load_images(
    name: str, path: str = "", *, only: Sequence[str] = (), progress: Progress | None = None
) -> ImageData:
    """The images of a data set, downloaded first if they are torchvision's and not here yet.

    Args:
        path: Folder of "folder"; id of "upload".
        only: Names of the classes that are wanted; () for all.
        progress: Told the bytes so far and in all (0 if unknown) while something downloads.

    Raises:
        ThawError: If there is no such data set, folder, upload or class, it holds nothing to
            train on, or it can't be downloaded.
    """
    return subset.images_of(_all_images(name, path, progress), only)


def _all_images(name: str, path: str, progress: Progress | None) -> ImageData:
    entry = datasets.find_dataset(name)
    if name == "digits":
        return _digits()
    if entry.torchvision:
        from core.data import torchvision_images

        return torchvision_images.load(entry, progress)
    from core.data import image_folder, uploads

    return uploads.load_upload(path) if name == "upload" else image_folder.load_folder(path)


def _digits() -> ImageData:
    """scikit-learn's digits: 8×8 values of 0 to 16 become grey levels of 0 to 255."""
    from sklearn.datasets import load_digits

    found = load_digits()
    grey = np.rint(found.images * (255 / 16)).astype(np.uint8)  # [N, 8, 8]
    images = torch.from_numpy(grey)[:, None].expand(-1, 3, -1, -1)
    targets = found.target.astype(np.int64)
    return ImageData(
        name="digits",
        classes=tuple(str(digit) for digit in found.target_names),
        targets=targets,
        image=images.__getitem__,
        fingerprint=fingerprint_of([grey.tobytes(), targets.tobytes()]),
    )


def fingerprint_of(parts: Sequence[bytes]) -> str:
    """The first 16 digits of the sha256 of all parts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:16]


class BrokenPictureError(ThawError):
    """A picture that turns out damaged in mid-training.

    It comes whole out of a loader's worker: torch makes the error anew from the text of its
    traceback alone, so a note in that text carries the problem.
    """

    _NOTE = "Thaw's problem: "

    def __init__(self, id: str, **values: object) -> None:
        if noted := re.search(f"^{self._NOTE}(.*)$", id, re.MULTILINE):
            id, values = json.loads(noted.group(1))
        super().__init__(id, **values)
        self.add_note(self._NOTE + json.dumps([id, values]))


def load_picture(files: Sequence[Path], index: int) -> Tensor:
    """One of the files as uint8 [3, H, W].

    Raises:
        BrokenPictureError: If it can't be decoded.
    """
    file = files[index]
    try:
        # With its class's folder: "1.jpg" alone says little.
        picture = pictures.read_picture(file, name=f"{file.parent.name}/{file.name}")
    except ThawError as error:
        raise BrokenPictureError(error.problem.id, **error.problem.values) from None
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous()
