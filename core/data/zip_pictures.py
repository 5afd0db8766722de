"""The pictures of a zip, converted once and written under names of our own."""

import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core import places
from core.data import class_folders, pictures, zip_plan
from core.data.class_folders import Placing
from core.messages import Problem, ThawError

LONGEST_SIDE = 1024
_SPACE_EVERY = 64 * 2**20  # bytes written between two looks at the disk

Progress = Callable[[int, int], None]  # (pictures so far, pictures in all)


@dataclass(frozen=True)
class Taken:
    """One entry after a look at it: its file and the hash of that, or why it is left out."""

    file: str = ""
    sha256: str = ""
    problem: Problem | None = None


def convert(
    archive: zipfile.ZipFile,
    plan: zip_plan.Plan,
    placing: Placing,
    folder: Path,
    progress: Progress | None = None,
) -> list[Taken]:
    """Reads one picture after the other into memory and writes it into the folder.

    Returns:
        One for each entry of the plan; those that have no place are left alone.

    Raises:
        ThawError: If the disk, or the bound of the uploads, is reached on the way.
        OSError: If a file can't be written.
    """
    taken: list[Taken] = []
    unchecked = 0
    for number, (entry, place) in enumerate(zip(plan.entries, placing.places, strict=True)):
        if progress:
            progress(number, len(plan.entries))
        if place is None:  # its reason is in the placing
            taken.append(Taken())
            continue
        try:
            data, suffix = _converted(archive, entry)
        except ThawError as error:
            taken.append(Taken(problem=error.problem))
            continue
        unchecked += len(data)
        if unchecked > _SPACE_EVERY:
            places.require_space(folder, unchecked)
            unchecked = 0
        file = f"{number:06d}{suffix}"
        _write(folder / file, data)
        taken.append(Taken(file, hashlib.sha256(data).hexdigest()))
    if progress:
        progress(len(plan.entries), len(plan.entries))
    return taken


def _converted(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[bytes, str]:
    name = class_folders.shown_path(zip_plan.path_of(entry))
    data = _content(archive, entry, name)
    picture = pictures.read_picture(io.BytesIO(data), name=name, longest=LONGEST_SIDE)
    return pictures.encoded(picture)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    """An entry, unpacked; never more than its size as the directory has it.

    Raises:
        ThawError: If its content is not what the directory says.
    """
    try:
        with archive.open(entry) as file:
            data = file.read(entry.file_size + 1)
    except Exception:  # zipfile and zlib have a dozen ways to say so
        raise ThawError("data.entry_damaged", name=name) from None
    if len(data) != entry.file_size:
        raise ThawError("data.entry_damaged", name=name)
    return data


def _write(path: Path, data: bytes) -> None:
    # Never through what lies there already, be it a file or a link.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o644), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
