"""Zips of images that people bring: checked, converted once, and kept under names of our own.

    uploads/k3f9a0c1d2e4/
      upload.json      title, classes, labels, what was left out
      000000.jpg …     the pictures, longest side at most 1024 pixels

Nothing of a zip becomes part of a path. The folder is made under another name and renamed when
it is whole.
"""

import contextlib
import functools
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import psutil

from core import places, portable
from core.data import class_folders, zip_plan
from core.data.class_folders import Layout, Placing
from core.data.image_folder import FolderScan
from core.data.zip_pictures import Progress, Taken, convert
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


# --- bringing one --------------------------------------------------------------------------


def import_zip(file: BinaryIO, name: str, *, progress: Progress | None = None) -> Upload:
    """Takes the images of a zip in.

    Args:
        file: The zip, seekable.
        name: Of its file; becomes the title.
        progress: Told the pictures so far and in all.

    Raises:
        ThawError: If the zip is refused, holds too little to train on, or there is no space
            for it. Nothing of it is kept then.
    """
    title = class_folders.clean(name.replace("\\", "/").rsplit("/", 1)[-1])
    with zip_plan.open_zip(file, title) as archive:
        plan = zip_plan.plan(archive, title)
        paths = [zip_plan.path_of(entry) for entry in plan.entries]
        placing = class_folders.place(paths, plan.others, where=title)
        places.require_space(places.uploads_root(), plan.bytes)
        with _new_folder() as folder:
            taken = convert(archive, plan, placing, folder, progress)
            index = _index(title, plan, placing, taken)
            for unused in {one.file for one in taken if one.file} - set(index["files"]):
                (folder / unused).unlink()
            portable.write_json(folder / "upload.json", index)
            upload_id = _keep(folder)
    return find_upload(upload_id)


def _index(
    title: str, plan: zip_plan.Plan, placing: Placing, taken: Sequence[Taken]
) -> dict[str, Any]:
    kept = [
        place if one.file else None for place, one in zip(placing.places, taken, strict=True)
    ]
    if not any(kept):
        raise ThawError("data.none_readable", where=title, count=len(taken))
    layout = class_folders.arrange(kept, placing.expected, where=title)
    problems = [one.problem for one in taken if one.problem]
    left_out = (*plan.left_out, *placing.left_out, *problems, *layout.left_out)
    return {
        "title": title,
        "created": time.time(),
        "classes": layout.classes,
        "targets": layout.targets.tolist(),
        "official_test": _as_list(layout),
        "files": [taken[number].file for number in layout.used],
        "fingerprint": _fingerprint(layout, taken),
        "left_out": [_to_json(problem) for problem in left_out],
        "notices": [_to_json(problem) for problem in layout.notices],
    }


def _as_list(layout: Layout) -> list[int] | None:
    return None if layout.official_test is None else layout.official_test.tolist()


def _fingerprint(layout: Layout, taken: Sequence[Taken]) -> str:
    content = [taken[number].sha256 for number in layout.used]
    found = (layout.classes, layout.targets.tolist(), _as_list(layout), content)
    return hashlib.sha256(repr(found).encode()).hexdigest()[:16]


@contextlib.contextmanager
def _new_folder() -> Iterator[Path]:
    """A folder that is gone afterwards, unless it was kept."""
    root = places.uploads_root()
    _sweep(root)
    folder = root / f".{os.getpid()}-{secrets.token_hex(6)}.part"
    try:
        folder.mkdir()
        yield folder
    except OSError as error:
        raise ThawError(
            "data.upload_not_stored", path=str(root), why=error.strerror or str(error)
        ) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _keep(folder: Path) -> str:
    """Gives the folder its final name."""
    upload_id = secrets.token_hex(6)
    portable.sync_folder(folder)
    os.rename(folder, folder.parent / upload_id)
    portable.sync_folder(folder.parent)
    return upload_id


def _sweep(root: Path) -> None:
    """Removes what a process left that was killed."""
    for part in root.glob(".*.part"):
        pid = part.name[1:].split("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(part, ignore_errors=True)


# --- those that are here -------------------------------------------------------------------


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
        left_out=tuple(map(_from_json, index["left_out"])),
        notices=tuple(map(_from_json, index["notices"])),
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
        left_out=tuple(map(_from_json, index["left_out"])),
        notices=tuple(map(_from_json, index["notices"])),
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


def _to_json(problem: Problem) -> dict[str, Any]:
    return {"id": problem.id, "values": dict(problem.values)}


def _from_json(raw: dict[str, Any]) -> Problem:
    return Problem(raw["id"], raw["values"])
