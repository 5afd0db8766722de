"""A folder of images on this computer, one sub-folder a class.

What is a class, and how train, val and test are recognised, is said in `class_folders`. The
folder is read where it is: nothing is copied, and links to folders are not followed.
"""

import functools
import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.data import class_folders, pictures
from core.data.class_folders import Layout, Place
from core.messages import Problem, ThawError

if TYPE_CHECKING:
    from core.data.load import ImageData

MAX_FILES = 200_000
_READ_WHOLE = 64 * 2**20  # up to so many bytes in all, the fingerprint is that of the content


@dataclass(frozen=True)
class FolderScan:
    """What is in a folder of images.

    Attributes:
        classes: Names, sorted.
        targets: [N], int64 class indices.
        official_test: Indices of the test split that it comes with, or None.
        files: [N], each picture.
        left_out: Files that can't be used, each with its reason.
        notices: What a person should know before training on it.
    """

    classes: tuple[str, ...]
    targets: np.ndarray
    official_test: np.ndarray | None
    files: tuple[Path, ...]
    left_out: tuple[Problem, ...]
    notices: tuple[Problem, ...]


@dataclass(frozen=True)
class FolderPlaces:
    """Where each picture of a folder belongs, before anything is asked of the classes.

    Attributes:
        files: [N], all pictures.
        places: [N]; None for those that can't be used.
        expected: Names of all class folders, those without a picture too.
        left_out: Files that can't be used, each with its reason.
    """

    files: tuple[Path, ...]
    places: tuple[Place | None, ...]
    expected: frozenset[str]
    left_out: tuple[Problem, ...]


def folder_of(path: str) -> Path:
    """The folder that a recipe's text means: "~" is the home folder.

    Raises:
        ThawError: If there is no such folder, or it can't be listed.
    """
    try:
        folder = Path(path.strip()).expanduser().absolute()
        if not folder.is_dir():
            raise ThawError("data.folder_missing", path=class_folders.shown_path(path))
        next(os.scandir(folder), None)
    except (OSError, ValueError, RuntimeError) as error:  # a null character; no home folder
        why = getattr(error, "strerror", None) or str(error)
        shown = class_folders.shown_path(path)
        raise ThawError("data.folder_unreadable", path=shown, why=why) from None
    return folder


def places_of(path: str) -> FolderPlaces:
    """The pictures of a folder; every one's header is looked at, but none is decoded.

    Raises:
        ThawError: If there is no such folder, it has too many files, or no pictures.
    """
    folder = folder_of(path)
    where = class_folders.shown_path(path)
    found, others, left_out = _listed(folder, where)
    placing = class_folders.place(found, others, where=where)
    left_out += placing.left_out
    places = list(placing.places)
    for number, relative in enumerate(found):
        if places[number] and (problem := _problem_of(folder / relative, relative)):
            places[number] = None
            left_out.append(problem)
    if not any(places):
        raise ThawError("data.none_readable", where=where, count=len(found))
    files = tuple(folder / relative for relative in found)
    return FolderPlaces(files, tuple(places), placing.expected, tuple(left_out))


def scan(path: str) -> FolderScan:
    """The classes of a folder, as `places_of` finds its pictures.

    Raises:
        ThawError: As `places_of`, or if there are fewer than two classes.
    """
    found = places_of(path)
    layout = class_folders.arrange(
        found.places, found.expected, where=class_folders.shown_path(path)
    )
    return _as_scan(layout, found.files, found.left_out)


def load_folder(path: str) -> "ImageData":
    """The images of a folder, decoded when they are asked for.

    A picture that turns out damaged only then ends the training with a sentence that names it.

    Raises:
        ThawError: As `scan`.
    """
    from core.data.load import ImageData, load_picture

    found = scan(path)
    return ImageData(
        name="folder",
        classes=found.classes,
        targets=found.targets,
        image=functools.partial(load_picture, found.files),
        fingerprint=_fingerprint(folder_of(path), found),
        official_test=found.official_test,
        left_out=found.left_out,
        files=found.files,
    )


def is_read_whole(sizes: Iterable[int]) -> bool:
    """Whether the fingerprint of files of these sizes is that of their content."""
    return sum(sizes) <= _READ_WHOLE


def _listed(folder: Path, where: str) -> tuple[list[str], list[str], list[Problem]]:
    """Pictures, other files and folders, relative and sorted; and what is left out."""
    found: list[str] = []
    others: list[str] = []
    left_out: list[Problem] = []

    def refused(error: OSError) -> None:
        path = class_folders.shown_path(str(error.filename))
        left_out.append(
            Problem("data.folder_unreadable", {"path": path, "why": error.strerror or ""})
        )

    for parent, folders, files in os.walk(folder, onerror=refused):
        base = Path(parent).relative_to(folder).as_posix()
        base = "" if base == "." else f"{base}/"
        folders[:] = [name for name in folders if not class_folders.is_system_file(name)]
        for name in folders:
            others.append(f"{base}{name}/")
            if os.path.islink(os.path.join(parent, name)):
                left_out.append(_left_out("data.linked_folder", base + name))
        for name in files:
            if class_folders.is_system_file(name):
                continue
            if class_folders.is_picture(name):
                found.append(base + name)
            else:
                left_out.append(_left_out("data.not_a_picture", base + name))
        if len(found) + len(left_out) > MAX_FILES:
            raise ThawError("data.too_many_files", where=where, most=MAX_FILES)
    return sorted(found), others, left_out


def _left_out(id: str, relative: str) -> Problem:
    return Problem(id, {"name": class_folders.shown_path(relative)})


def _problem_of(file: Path, relative: str) -> Problem | None:
    try:
        known = file.stat()
    except OSError as error:
        name = class_folders.shown_path(relative)
        return Problem("data.picture_unopened", {"name": name, "why": error.strerror or ""})
    return _header_problem(file, relative, known.st_size, known.st_mtime_ns)


@functools.lru_cache(maxsize=MAX_FILES)
def _header_problem(file: Path, relative: str, size: int, changed: int) -> Problem | None:
    # A page looks at a folder again and again: an unchanged file is opened once.
    try:
        pictures.check_header(file, name=class_folders.shown_path(relative))
    except ThawError as error:
        return error.problem
    return None


def _as_scan(layout: Layout, files: Sequence[Path], left_out: Sequence[Problem]) -> FolderScan:
    return FolderScan(
        classes=layout.classes,
        targets=layout.targets,
        official_test=layout.official_test,
        files=tuple(files[number] for number in layout.used),
        left_out=(*left_out, *layout.left_out),
        notices=layout.notices,
    )


def _fingerprint(folder: Path, found: FolderScan) -> str:
    """Of names, labels and content; where that is much, of sizes and times in its place."""
    digest = hashlib.sha256(repr((found.classes, found.targets.tolist())).encode())
    if found.official_test is not None:
        digest.update(found.official_test.tobytes())
    known = [file.stat() for file in found.files]
    whole = is_read_whole(one.st_size for one in known)
    for file, one in zip(found.files, known, strict=True):
        digest.update(os.fsencode(file.relative_to(folder)) + b"\0")
        if whole:
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        else:
            digest.update(f"{one.st_size} {one.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]
