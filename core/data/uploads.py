"""The uploads that are here: images that people brought as zips (`zip_import`).

    uploads/k3f9a0c1d2e4/
      upload.json      title, classes, labels, what was left out
      000000.jpg …     the pictures, longest side at most 1024 pixels
"""

import contextlib
import functools
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import places, portable
from core.data.image_folder import FolderScan
from core.messages import Problem, ThawError

if TYPE_CHECKING:
    from core.data.load import ImageData

_ID = re.compile(r"[a-z0-9]{12}")
_KEYS = {
    "title", "created", "classes", "targets", "official_test", "files", "fingerprint",
    "left_out", "notices",
}  # fmt: skip


@dataclass(frozen=True)
class Upload:
    """The images of one zip.

    Attributes:
        id: Ours; a recipe keeps it.
        title: The zip's name.
        created: Seconds since 1970.
        classes: Names, sorted.
        counts: Pictures of each class.
        left_out: Entries that could not be used, each with its reason.
        notices: What a person should know before training on it.
    """

    id: str
    title: str
    created: float
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    left_out: tuple[Problem, ...]
    notices: tuple[Problem, ...]


def list_uploads() -> list[Upload]:
    """All uploads, the newest first; one whose index is damaged is not among them."""
    found = []
    for folder in places.uploads_root().iterdir():
        with contextlib.suppress(ThawError):
            found.append(find_upload(folder.name))
    return sorted(found, key=lambda upload: upload.created, reverse=True)


def find_upload(id: str) -> Upload:
    """One upload.

    Raises:
        ThawError: If there is none of that id.
    """
    index = _read_index(id)
    classes = tuple(index["classes"])
    counts = np.bincount(index["targets"], minlength=len(classes))
    return Upload(
        id=id.strip(),
        title=index["title"],
        created=index["created"],
        classes=classes,
        counts=tuple(counts.tolist()),
        left_out=tuple(map(Problem.from_dict, index["left_out"])),
        notices=tuple(map(Problem.from_dict, index["notices"])),
    )


def delete_upload(id: str) -> None:
    """Deletes an upload and its images.

    Raises:
        ThawError: If there is none of that id, or it can't be deleted.
    """
    folder = _folder_of(id)
    # Renamed first: a process that is killed on the way leaves what the next one sweeps.
    doomed = folder.with_name(f".{os.getpid()}-{folder.name}.part")
    try:
        os.rename(folder, doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        why = error.strerror or str(error)
        raise ThawError("data.upload_undeletable", why=why) from None


def scan_upload(id: str) -> FolderScan:
    """The classes and files of an upload.

    Raises:
        ThawError: If there is none of that id.
    """
    index, folder = _read_index(id), _folder_of(id)
    official_test = index["official_test"]
    return FolderScan(
        classes=tuple(index["classes"]),
        targets=np.array(index["targets"], dtype=np.int64),
        official_test=None if official_test is None else np.array(official_test, dtype=np.int64),
        files=tuple(folder / name for name in index["files"]),
        left_out=tuple(map(Problem.from_dict, index["left_out"])),
        notices=tuple(map(Problem.from_dict, index["notices"])),
    )


def load_upload(id: str) -> "ImageData":
    """The images of an upload, decoded when they are asked for.

    Raises:
        ThawError: If there is none of that id.
    """
    from core.data.load import ImageData, load_picture

    found = scan_upload(id)
    return ImageData(
        name="upload",
        classes=found.classes,
        targets=found.targets,
        image=functools.partial(load_picture, found.files),
        fingerprint=_read_index(id)["fingerprint"],
        official_test=found.official_test,
        left_out=found.left_out,
    )


def _folder_of(id: str) -> Path:
    # Ids come by recipe and by link: nothing but twelve letters and digits gets into a path.
    if not _ID.fullmatch(id.strip()):
        raise ThawError("data.upload_missing")
    folder = places.uploads_root() / id.strip()
    if not folder.is_dir():
        raise ThawError("data.upload_missing")
    return folder


def _read_index(id: str) -> dict[str, Any]:
    index = portable.read_json(_folder_of(id) / "upload.json")
    if index is None or not index.keys() >= _KEYS:
        raise ThawError("data.upload_missing")
    return index
