"""Everything that Thaw keeps on disk lies under one root, each part with a bound."""

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.messages import ThawError

_GB = 1_000_000_000
_EXPORT_SECONDS = 3600.0  # what nobody has fetched by then is made again

# What each part may grow to. A part that is full refuses more with a sentence; nothing that
# a person made is deleted by itself.
BOUNDS: dict[str, int] = {
    "runs": 50 * _GB,
    "cache": 20 * _GB,
    "data": 50 * _GB,
    "uploads": 10 * _GB,
    "weights": 20 * _GB,
}


@dataclass(frozen=True)
class PlaceUsage:
    """One part and what it takes, in bytes."""

    name: str
    path: Path
    bytes: int
    bound: int


def home() -> Path:
    """The root: `THAW_HOME`, or `.thaw` in the person's home folder.

    Raises:
        ThawError: If it can't be made.
    """
    root = Path(os.environ.get("THAW_HOME") or Path.home() / ".thaw").expanduser().absolute()
    return _made(root)


def runs_root() -> Path:
    """Where run folders lie."""
    return _made(home() / "runs")


def cache_root() -> Path:
    """What can be made again: exports under way, downloads that are unpacked."""
    return _made(home() / "cache")


def data_root() -> Path:
    """Data sets that torchvision downloaded."""
    return _made(home() / "data")


def uploads_root() -> Path:
    """Images that people brought."""
    return _made(home() / "uploads")


def weights_root() -> Path:
    """Downloaded weights that the torch hub cache did not have."""
    return _made(home() / "weights")


def exports_root() -> Path:
    """Files that are made to be downloaded; those of more than an hour ago are deleted."""
    folder = _made(cache_root() / "exports")
    for path in folder.iterdir():
        with suppress(OSError):  # being downloaded, on Windows
            if time.time() - path.stat().st_mtime > _EXPORT_SECONDS:
                path.unlink()
    return folder


def usage() -> list[PlaceUsage]:
    """What each part takes on disk."""
    return [
        PlaceUsage(name, home() / name, size_of(home() / name), bound)
        for name, bound in BOUNDS.items()
    ]


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder; a hard link counts once."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                found = os.stat(os.path.join(parent, name), follow_symlinks=False)
            except OSError:  # deleted meanwhile
                continue
            if (found.st_dev, found.st_ino) not in seen or found.st_ino == 0:
                seen.add((found.st_dev, found.st_ino))
                total += found.st_size
    return total


def require_space(folder: Path, bytes: int) -> None:
    """Checks, before something is written, that it fits the disk and its part's bound.

    Raises:
        ThawError: If it does not.
    """
    free = shutil.disk_usage(folder).free
    if free < bytes:
        raise ThawError("places.disk_full", path=str(folder), need=_mb(bytes), free=_mb(free))
    part = next((name for name in BOUNDS if folder.is_relative_to(home() / name)), None)
    if part and size_of(home() / part) + bytes > BOUNDS[part]:
        raise ThawError(
            "places.bound_reached", part=part, path=str(home() / part), bound=_mb(BOUNDS[part])
        )


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ThawError("places.unwritable", path=str(folder), why=error.strerror) from None
    return folder


def _mb(bytes: int) -> str:
    return f"{bytes / 1e6:,.0f} MB"
