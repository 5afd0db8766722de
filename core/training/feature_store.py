"""Features on disk: made once, found again by any run of the same frozen part and pictures.

A set of features is a folder that is renamed into place when all of it is written, so that no
reader sees half of one. All sets together have a bound; those that were not used for longest go
first. A set that does not fit in memory is read as a memory map.
"""

import math
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from core import places, portable

BOUND = 10_000_000_000  # bytes of all sets together
_MEMORY_SHARE = 0.25  # of what is free
_PART = ".part"
_STALE_SECONDS = 24 * 3600.0  # a part that nobody has written to for so long is of a dead run


@dataclass(frozen=True)
class Features:
    """The features of a row of pictures.

    Attributes:
        tensors: Each [N, ...], on the CPU; a memory map where `in_memory` is False.
        computed: The precision in which each was computed.
        bytes: Of all of them.
        in_memory: Whether they lie in memory.
        reused: Whether another run, or an earlier attempt, had made them.
    """

    tensors: tuple[Tensor, ...]
    computed: tuple[torch.dtype, ...]
    bytes: int
    in_memory: bool
    reused: bool


def find(key: str) -> Features | None:
    """A set that was made before; None if there is none, or it is damaged."""
    folder = _root() / key
    told = portable.read_json(folder / "set.json")
    if told is None:
        return None
    with suppress(OSError):
        sizes = [file.stat().st_size for file in _files(folder, told)]
        if sizes == _sizes(told):
            os.utime(folder / "set.json")  # what was used last goes last
            return _opened(folder, told, reused=True)
    return None


def bytes_of(rows: int, shapes: Sequence[Sequence[int]], dtype: torch.dtype) -> int:
    """What a set takes."""
    return rows * sum(map(math.prod, shapes)) * dtype.itemsize


def fits_memory(bytes: int) -> bool:
    """Whether a set of this size is held in memory."""
    return bytes <= _MEMORY_SHARE * portable.available_memory()


def fits_disk(bytes: int) -> bool:
    """Whether a set of this size may be written, others being given up for it."""
    return bytes <= BOUND and shutil.disk_usage(_root()).free > bytes + bytes // 10


def make(
    key: str, rows: int, batches: Iterator[tuple[Tensor, ...]], dtype: torch.dtype
) -> Features:
    """Writes a set and opens it.

    Args:
        rows: Of all batches together; what the last one has beyond them is left out.
        batches: The features of some pictures after another, each [B, ...].
        dtype: They are kept in.

    Raises:
        OSError: If it can't be written; nothing is left behind.
    """
    part = _root() / f"{key}.{os.getpid()}{_PART}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        told = _write(part, rows, batches, dtype)
        portable.write_json(part / "set.json", told)
        folder = _root() / key
        with suppress(OSError):  # another run was as far at the same time: the same numbers
            os.rename(part, folder)
        portable.sync_folder(_root())
        return _opened(folder, told, reused=False)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(
    part: Path, rows: int, batches: Iterator[tuple[Tensor, ...]], dtype: torch.dtype
) -> dict[str, Any]:
    """Writes the files of a set; returns what `set.json` says of them."""
    files: list[BinaryIO] = []
    told: dict[str, Any] = {}
    written = 0
    with ExitStack() as opened:
        for features in batches:
            if not files:
                files = [
                    opened.enter_context(open(part / f"{place}.bin", "wb"))
                    for place in range(len(features))
                ]
                told = {
                    "dtype": _named(dtype), "computed": [_named(one.dtype) for one in features],
                    "shapes": [[rows, *one.shape[1:]] for one in features],
                }
            count = min(len(features[0]), rows - written)
            for file, feature in zip(files, features, strict=True):
                kept = feature[:count].to("cpu", dtype).contiguous()
                file.write(kept.view(-1).view(torch.uint8).numpy())
            written += count
        for file in files:
            file.flush()
            os.fsync(file.fileno())
    return told


def in_memory(
    rows: int, batches: Iterator[tuple[Tensor, ...]], dtype: torch.dtype
) -> Features:
    """A set that is not written: where it does not fit the disk."""
    kept: list[Tensor] = []
    computed: tuple[torch.dtype, ...] = ()
    written = 0
    for features in batches:
        if not kept:
            computed = tuple(one.dtype for one in features)
            kept = [torch.empty((rows, *one.shape[1:]), dtype=dtype) for one in features]
        count = min(len(features[0]), rows - written)
        for whole, feature in zip(kept, features, strict=True):
            whole[written : written + count] = feature[:count]
        written += count
    bytes = sum(tensor.nbytes for tensor in kept)
    return Features(tuple(kept), computed, bytes, in_memory=True, reused=False)


def make_room(bytes: int) -> None:
    """Deletes what was not used for longest until a set of this size fits the bound."""
    sets = sorted(_sets(), key=lambda one: one[0])
    total = sum(size for _, size, _ in sets)
    for _, size, folder in sets:
        if total + bytes <= BOUND:
            return
        shutil.rmtree(folder, ignore_errors=True)  # who reads it still has its pages
        total -= size


def _sets() -> Iterator[tuple[float, int, Path]]:
    """When each set was used last, its bytes and its folder; parts of dead runs go."""
    for folder in _root().iterdir():
        with suppress(OSError):
            if folder.suffix == _PART:
                if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            yield (folder / "set.json").stat().st_mtime, places.size_of(folder), folder


def _opened(folder: Path, told: Mapping[str, Any], *, reused: bool) -> Features:
    tensors = tuple(
        torch.from_file(str(file), shared=False, size=math.prod(shape), dtype=_dtype(told["dtype"]))
        .view(*shape)
        for file, shape in zip(_files(folder, told), told["shapes"], strict=True)
    )
    bytes = sum(_sizes(told))
    memory = fits_memory(bytes)
    if memory:
        tensors = tuple(tensor.clone() for tensor in tensors)
    return Features(tensors, tuple(map(_dtype, told["computed"])), bytes, memory, reused)


def _files(folder: Path, told: Mapping[str, Any]) -> list[Path]:
    return [folder / f"{place}.bin" for place in range(len(told["shapes"]))]


def _sizes(told: Mapping[str, Any]) -> list[int]:
    return [math.prod(shape) * _dtype(told["dtype"]).itemsize for shape in told["shapes"]]


def _named(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _dtype(name: str) -> torch.dtype:
    return getattr(torch, name)


def _root() -> Path:
    folder = places.cache_root() / "features"
    folder.mkdir(exist_ok=True)
    return folder
