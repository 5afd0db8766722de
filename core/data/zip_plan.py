"""What of a zip will be read, decided from its directory alone, before a byte is unpacked.

A zip that could harm is refused whole, with the entry that shows it; single entries that are of
no use are left out and said.
"""

import contextlib
import re
import stat
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from core.data import class_folders
from core.messages import Problem, ThawError

MAX_ENTRIES = 20_000
MAX_PICTURE = 50_000_000  # bytes, unpacked
MAX_TOTAL = 2_000_000_000  # bytes, all pictures unpacked
MAX_RATIO = 100
_RATIO_FROM = 1_000_000  # bytes: below, a drawing may well shrink to a hundredth
_MAX_NAME = 1000
_MAX_DIRECTORY = 16 * 2**20  # bytes that zipfile may read at once; it takes the directory whole

_DRIVE = re.compile(r"[A-Za-z]:")
_LOCAL_HEADER = 30  # bytes before an entry's name and content
_ENCRYPTED, _UTF8_NAME = 0x1 | 0x40, 0x800  # of an entry's flags
_OTHER_KINDS = (
    (b"Rar!", "RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"\x1f\x8b", "gzip file"),
    (b"BZh", "bzip2 file"),
    (b"\xfd7zXZ", "xz file"),
    (b"%PDF", "PDF"),
    (b"\x89PNG", "single picture"),
    (b"\xff\xd8\xff", "single picture"),
    (b"version https://git-lfs", "Git LFS pointer, which only names a file"),
)


@dataclass(frozen=True)
class Plan:
    """What of a zip will be read.

    Attributes:
        entries: The pictures, in the order of their names.
        others: Paths of folders ("cats/") and of other files; they may name empty classes.
        left_out: Entries of no use, each with its reason.
    """

    entries: tuple[zipfile.ZipInfo, ...]
    others: tuple[str, ...]
    left_out: tuple[Problem, ...]

    @property
    def bytes(self) -> int:
        """Of all pictures, unpacked."""
        return sum(entry.file_size for entry in self.entries)


class _Bounded:
    """A file that refuses to be read in too large pieces: zipfile believes the sizes it finds."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(_MAX_DIRECTORY + 1 if size < 0 else min(size, _MAX_DIRECTORY + 1))
        if len(found) > _MAX_DIRECTORY:
            raise zipfile.BadZipFile("a directory of this size is no one's")
        return found

    def seekable(self) -> bool:
        return True


def open_zip(file: BinaryIO, name: str) -> zipfile.ZipFile:
    """A zip, opened.

    Args:
        file: Seekable.
        name: Of the file, for the sentence.

    Raises:
        ThawError: If it is none, or damaged.
    """
    file.seek(0)
    start = file.read(512)
    _refuse_other_kinds(start, name)
    # Whatever a damaged directory makes zipfile raise means the same to a person.
    try:
        return zipfile.ZipFile(_Bounded(file))
    except Exception:
        cut_off = start.startswith(b"PK\x03\x04")
        raise ThawError("data.zip_damaged" if cut_off else "data.zip_none", file=name) from None


def plan(archive: zipfile.ZipFile, name: str) -> Plan:
    """What will be read, after all rules.

    Raises:
        ThawError: If the zip is refused; names the entry, or the bound.
    """
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise ThawError("data.zip_too_many", file=name, count=len(infos), most=MAX_ENTRIES)
    for info in infos:
        _refuse_hostile_name(info)
    _refuse_overlaps(infos, archive.start_dir, name)
    made = _sorted_out(infos)
    if made.bytes > MAX_TOTAL:
        raise ThawError("data.zip_too_large", file=name, most=MAX_TOTAL // 10**9)
    for info in made.entries:
        _refuse_unreadable(info, name)
    return made


def path_of(info: zipfile.ZipInfo) -> str:
    """The path of an entry, without what says nothing; a folder's ends in "/"."""
    parts = [part for part in _text_of(info).split("/") if part not in ("", ".")]
    return "/".join(parts) + ("/" if info.is_dir() else "")


def _text_of(info: zipfile.ZipInfo) -> str:
    # macOS writes names as UTF-8 and does not say so; zipfile takes them for the old code page.
    if not info.flag_bits & _UTF8_NAME:
        with contextlib.suppress(UnicodeError):
            return info.filename.encode("cp437").decode("utf-8")
    return info.filename


def _refuse_other_kinds(start: bytes, name: str) -> None:
    if not start:
        raise ThawError("data.zip_empty_file", file=name)
    kind = next((kind for begins, kind in _OTHER_KINDS if start.startswith(begins)), "")
    if start[257:262] == b"ustar":
        kind = "tar archive"
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        kind = "web page: the download brought the page in place of the file"
    if kind:
        raise ThawError("data.zip_other_kind", file=name, kind=kind)


def _refuse_hostile_name(info: zipfile.ZipInfo) -> None:
    # zipfile cuts a name at a null and, on Windows, turns backslashes: the original counts.
    name = info.orig_filename
    parts = name.split("/")
    if (
        name.startswith("/") or ".." in parts or "\\" in name or "\0" in name
        or _DRIVE.match(name) or len(name) > _MAX_NAME
    ):  # fmt: skip
        raise ThawError("data.zip_hostile_name", name=class_folders.shown_path(name))


def _refuse_overlaps(infos: Iterable[zipfile.ZipInfo], end: int, name: str) -> None:
    """Entries that share bytes unpack to far more than the zip's size lets one expect."""
    for info in sorted(infos, key=lambda info: info.header_offset, reverse=True):
        least = _LOCAL_HEADER + len(info.orig_filename) + info.compress_size
        if info.header_offset < 0 or info.header_offset + least > end:
            raise ThawError("data.zip_damaged", file=name)
        end = info.header_offset


def _sorted_out(infos: Iterable[zipfile.ZipInfo]) -> Plan:
    entries: dict[str, zipfile.ZipInfo] = {}
    others: list[str] = []
    left_out: list[Problem] = []
    for info in infos:
        path = path_of(info)
        if not path or class_folders.is_system_file(path.rstrip("/")):
            continue
        if info.is_dir():
            others.append(path)
            continue
        reason = _why_left_out(info, path)
        if reason is None and path in entries:
            reason = "data.entry_twice"
        if reason is None:
            entries[path] = info
        else:
            others.append(path)
            left_out.append(_left_out(reason, path))
    return Plan(
        tuple(entries[path] for path in sorted(entries)), tuple(others), tuple(left_out)
    )


def _why_left_out(info: zipfile.ZipInfo, path: str) -> str | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "data.entry_no_file"
    if not class_folders.is_picture(path):
        return "data.not_a_picture"
    if info.file_size > MAX_PICTURE:
        return "data.entry_too_large"
    if info.file_size > max(_RATIO_FROM, MAX_RATIO * info.compress_size):
        return "data.entry_bomb"
    return None


def _left_out(id: str, path: str) -> Problem:
    values: dict[str, object] = {"name": class_folders.shown_path(path)}
    if id == "data.entry_too_large":
        values["most"] = MAX_PICTURE // 10**6
    return Problem(id, values)


def _refuse_unreadable(info: zipfile.ZipInfo, name: str) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise ThawError("data.zip_encrypted", file=name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ThawError("data.zip_method", file=name, method=info.compress_type)
