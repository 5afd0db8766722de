"""torchvision's own data sets, brought onto this computer.

Their addresses and checksums are those that torchvision's classes name. Thaw fetches the files
itself: torchvision tells no one how far a download is, and after a crash it takes half a data
set for a whole one.
"""

import contextlib
import gzip
import hashlib
import os
import secrets
import shutil
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import network, places, portable
from core.data.datasets import DatasetEntry
from core.data.torchvision_sets import FORMS, class_of, folder_of, is_ready, offline_titles
from core.messages import ThawError


def download(entry: DatasetEntry, progress: network.Progress | None = None) -> None:
    """Brings a data set of torchvision onto this computer, if it is not here.

    Args:
        progress: Told the bytes so far and in all.

    Raises:
        ThawError: If there is no network or no space, or what came is not the data set.
    """
    if is_ready(entry):
        return
    # The archives and what is in them; the smallest unpack to several times their size.
    places.require_space(places.data_root(), (2 * entry.download_mb + 64) * 10**6)
    counted = _counted(progress, entry.download_mb * 10**6)
    with _new_folder(entry) as part:
        for file in _files_of(class_of(entry)):
            archive = _fetch(entry, file, part, counted)
            _unpack(archive, part / "whole" / file.folder)
        _keep(entry, part / "whole")


@dataclass(frozen=True)
class _File:
    """A file to be downloaded.

    Attributes:
        urls: Where it is, each an equal of the others.
        md5: Of its content.
        folder: Where what is in it goes, relative to the root.
    """

    urls: tuple[str, ...]
    md5: str
    folder: str

    @property
    def name(self) -> str:
        return self.urls[0].rsplit("/", 1)[-1]


def _files_of(found: Any) -> list[_File]:
    """What torchvision's class would download."""
    name = found.__name__
    folder = FORMS[name].folder
    if name.startswith("CIFAR"):
        return [_File((found.url,), found.tgz_md5, "")]  # the archive brings its folder along
    if name.endswith("MNIST"):
        return [
            _File(tuple(mirror + file for mirror in found.mirrors), md5, f"{folder}/raw")
            for file, md5 in found.resources
        ]
    if name == "Flowers102":
        return [
            _File((found._download_url_prefix + file,), md5, folder)
            for file, md5 in found._file_dict.values()
        ]
    return [_File((url,), md5, folder) for url, md5 in found._RESOURCES]


def _counted(progress: network.Progress | None, total: int) -> Callable[[int], None]:
    """Adds up the bytes of all files."""
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(done, max(total, done))

    return count


def _fetch(
    entry: DatasetEntry, file: _File, part: Path, counted: Callable[[int], None]
) -> Path:
    """A file with the right content, from the first address that has it."""
    path = part / file.name
    error = ThawError("data.download_wrong", name=entry.title)
    for url in file.urls:
        digest = hashlib.md5(usedforsecurity=False)
        try:
            with path.open("wb") as target:
                for chunk in network.received(url):
                    target.write(chunk)
                    digest.update(chunk)
                    counted(len(chunk))
        except network.Unreachable as why:
            error = ThawError(
                "data.no_network", name=entry.title, why=str(why),
                offline=", ".join(offline_titles()),
            )
            continue
        if digest.hexdigest() == file.md5:
            return path
    raise error


def _unpack(archive: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if archive.name.endswith((".tar.gz", ".tgz")):
        with tarfile.open(archive) as content:
            content.extractall(folder, filter="data")
    elif archive.suffix == ".gz":
        with gzip.open(archive) as content, (folder / archive.stem).open("wb") as target:
            shutil.copyfileobj(content, target, 1 << 20)
    else:
        shutil.copy(archive, folder)
    archive.unlink()


@contextlib.contextmanager
def _new_folder(entry: DatasetEntry) -> Iterator[Path]:
    """A folder that is gone afterwards."""
    root = places.data_root()
    for left in root.glob(".*.part"):  # by a process that was killed
        pid = left.name.removesuffix(".part").rsplit("-", 1)[-1]
        if portable.is_left_behind(pid):
            shutil.rmtree(left, ignore_errors=True)
    part = root / f".{entry.name}-{secrets.token_hex(6)}-{os.getpid()}.part"
    try:
        part.mkdir()
        yield part
    except (OSError, tarfile.TarError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ThawError(
            "data.download_not_stored", name=entry.title, path=str(root), why=why
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _keep(entry: DatasetEntry, whole: Path) -> None:
    """Puts the whole data set where torchvision looks for it."""
    if is_ready(entry):  # another process was faster
        return
    target = folder_of(entry)
    if target.exists():  # half of one, copied or left by torchvision
        target.rename(whole.parent / "half")
    (whole / target.name).rename(target)
