"""Features on disk: made once, found again by any run of the same frozen part and pictures.

A set of features is a folder that is renamed into place when all of it is written, so that no
reader sees half of one. All sets together have a bound; those that were not used for longest go
first. A set that does not fit in memory is read as a memory map.
"""

import math
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from core import places, portable

BOUND = 10_000_000_000  # bytes of all sets together
PART = ".part"  # the end of the name of what is being written
_TOLD = "set.json"
_MEMORY_SHARE = 0.25  # of what is free
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


@dataclass(frozen=True)
class Content:
    """What the files of a set hold, one feature each; in words and numbers that JSON keeps.

    Attributes:
        dtype: In which they are kept.
        computed: The precision in which each was computed.
        shapes: Of each: [N, ...].
    """

    dtype: str
    computed: Sequence[str]
    shapes: Sequence[Sequence[int]]

    @property
    def sizes(self) -> list[int]:
        """Bytes of each file."""
        return [math.prod(shape) * dtype_of(self.dtype).itemsize for shape in self.shapes]


def find(key: str) -> Content | None:
    """A set that was made before; None if there is none, or it is damaged."""
    told = portable.read_json(folder_of(key) / _TOLD)
    if told is None:
        return None
    content = Content(**told)
    with suppress(OSError):
        if [os.stat(file).st_size for file in files_of(folder_of(key), content)] == content.sizes:
            os.utime(folder_of(key) / _TOLD)  # what was used last goes last
            return content
    return None


def folder_of(key: str) -> Path:
    """Where a set lies that is whole."""
    return root() / key


def files_of(folder: Path, content: Content) -> list[str]:
    """The files of a set that lies there."""
    return [str(folder / f"{place}.bin") for place in range(len(content.shapes))]


def keep(part: Path, key: str, content: Content) -> None:
    """Makes a folder with all files of a set the set of a key.

    Raises:
        OSError: If it can't be written.
    """
    portable.write_json(part / _TOLD, vars(content))
    try:
        os.rename(part, folder_of(key))
    except OSError:
        # Another run was as far at the same time, with the same numbers; or there lies a damaged
        # set.
        if not find(key):
            shutil.rmtree(folder_of(key), ignore_errors=True)  # what is wrong the next line says
            os.rename(part, folder_of(key))
    portable.sync_folder(root())


def opened(files: Sequence[str], content: Content, *, copies: bool, reused: bool) -> Features:
    """A set that is whole.

    Args:
        copies: Whether it is copied into the memory of this process where it fits; else it is a
            memory map, which all processes of a machine share.
        reused: As in `Features`.

    Raises:
        OSError: If its files can't be read.
    """
    dtype = dtype_of(content.dtype)
    try:
        tensors = tuple(
            torch.from_file(file, shared=False, size=math.prod(shape), dtype=dtype).view(*shape)
            for file, shape in zip(files, content.shapes, strict=True)
        )
    except RuntimeError as error:  # how PyTorch says it
        raise OSError(0, str(error).splitlines()[0]) from None
    bytes = sum(content.sizes)
    copies = copies and fits_memory(bytes)
    if copies:
        tensors = tuple(tensor.clone() for tensor in tensors)
    return Features(tensors, tuple(map(dtype_of, content.computed)), bytes, copies, reused)


# --- room --------------------------------------------------------------------------------------


def bytes_of(rows: int, shapes: Sequence[Sequence[int]], dtype: torch.dtype) -> int:
    """What a set takes."""
    return rows * sum(map(math.prod, shapes)) * dtype.itemsize


def fits_memory(bytes: int) -> bool:
    """Whether a set of this size is held in memory."""
    return bytes <= _MEMORY_SHARE * portable.available_memory()


def fits_disk(bytes: int) -> bool:
    """Whether a set of this size may be written, others being given up for it."""
    return bytes <= BOUND and shutil.disk_usage(root()).free > bytes + bytes // 10


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
    for folder in root().iterdir():
        with suppress(OSError):
            if folder.suffix == PART:
                if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            yield (folder / _TOLD).stat().st_mtime, places.size_of(folder), folder


def root() -> Path:
    """Where all sets lie."""
    folder = places.cache_root() / "features"
    folder.mkdir(exist_ok=True)
    return folder


def name_of(dtype: torch.dtype) -> str:
    """As `Content` has it."""
    return str(dtype).removeprefix("torch.")


def dtype_of(name: str) -> torch.dtype:
    """What `name_of` names."""
    return getattr(torch, name)
