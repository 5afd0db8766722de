"""torchvision's own data sets: brought onto this computer, and read by torchvision.

Their addresses and checksums are those that torchvision's classes name, and they lie as
torchvision leaves them, so that a folder which someone has already can be copied here. Thaw
fetches the files itself: torchvision tells no one how far a download is, and after a crash it
takes half a data set for a whole one.
"""

import contextlib
import functools
import gzip
import hashlib
import os
import secrets
import shutil
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from core import network, places
from core.data.datasets import DATASETS, DatasetEntry
from core.messages import ThawError

if TYPE_CHECKING:
    from core.data.load import ImageData

Progress = network.Progress

_IDX = tuple(
    f"raw/{part}-{kind}-ubyte"
    for part in ("train", "t10k")
    for kind in ("images-idx3", "labels-idx1")
)


@dataclass(frozen=True)
class _Form:
    """One of torchvision's data sets on disk.

    Attributes:
        folder: Its name under the root of all data.
        marks: What is in the folder when it is whole.
        splits: Arguments that give each split; the last is the test.
    """

    folder: str
    marks: tuple[str, ...]
    splits: tuple[dict[str, Any], ...] = ({"train": True}, {"train": False})


# By the name of torchvision's class.
_FORMS: dict[str, _Form] = {
    "CIFAR10": _Form(
        "cifar-10-batches-py",
        (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta"),
    ),
    "CIFAR100": _Form("cifar-100-python", ("train", "test", "meta")),
    "FashionMNIST": _Form("FashionMNIST", _IDX),
    "MNIST": _Form("MNIST", _IDX),
    "Flowers102": _Form(
        "flowers-102", ("jpg", "imagelabels.mat", "setid.mat"),
        ({"split": "train"}, {"split": "val"}, {"split": "test"}),
    ),
    "OxfordIIITPet": _Form(
        "oxford-iiit-pet", ("images", "annotations/trainval.txt", "annotations/test.txt"),
        ({"split": "trainval"}, {"split": "test"}),
    ),
}


def is_ready(entry: DatasetEntry) -> bool:
    """Whether a data set of torchvision is on this computer; no torch is imported for that."""
    form = _FORMS[entry.torchvision]
    folder = places.data_root() / form.folder
    return all((folder / mark).exists() for mark in form.marks)


def splits_of(entry: DatasetEntry) -> tuple[dict[str, Any], ...]:
    """Arguments of torchvision's class that give each split; the last is the test."""
    return _FORMS[entry.torchvision].splits


def offline_titles() -> list[str]:
    """All data sets that need no network."""
    return [
        entry.title
        for entry in DATASETS
        if entry.trainable and (not entry.torchvision or is_ready(entry))
    ]


def load(entry: DatasetEntry, progress: Progress | None = None) -> "ImageData":
    """The images of a data set of torchvision: all its splits, of which the last is the test.

    Args:
        progress: Told the bytes so far and in all while it is downloaded.

    Raises:
        ThawError: If it is not here and can't be downloaded, or it is damaged.
    """
    download(entry, progress)
    # Whatever damaged files make torchvision raise means the same to a person.
    try:
        return _read(entry, _class_of(entry))
    except ThawError:
        raise
    except Exception:
        folder = places.data_root() / _FORMS[entry.torchvision].folder
        raise ThawError("data.download_damaged", name=entry.title, path=str(folder)) from None


# --- bringing one --------------------------------------------------------------------------


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


def download(entry: DatasetEntry, progress: Progress | None = None) -> None:
    """Brings a data set of torchvision onto this computer, if it is not here.

    Raises:
        ThawError: If there is no network or no space, or what came is not the data set.
    """
    if is_ready(entry):
        return
    # The archives and what is in them; the smallest unpack to several times their size.
    places.require_space(places.data_root(), (2 * entry.download_mb + 64) * 10**6)
    counted = _counted(progress, entry.download_mb * 10**6)
    with _new_folder(entry) as part:
        for file in _files_of(_class_of(entry)):
            archive = _fetch(entry, file, part, counted)
            _unpack(archive, part / "whole" / file.folder)
        _keep(entry, part / "whole")


def _class_of(entry: DatasetEntry) -> Any:
    from torchvision import datasets

    return getattr(datasets, entry.torchvision)


def _files_of(found: Any) -> list[_File]:
    """What torchvision's class would download."""
    name = found.__name__
    folder = _FORMS[name].folder
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


def _counted(progress: Progress | None, total: int) -> Callable[[int], None]:
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
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
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
    name = _FORMS[entry.torchvision].folder
    target = places.data_root() / name
    if target.exists():  # half of one, copied or left by torchvision
        target.rename(whole.parent / "half")
    (whole / name).rename(target)


# --- reading it ----------------------------------------------------------------------------


def _read(entry: DatasetEntry, found: Any) -> "ImageData":
    from core.data.load import ImageData

    splits = [
        found(str(places.data_root()), **arguments)
        for arguments in _FORMS[entry.torchvision].splits
    ]
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
