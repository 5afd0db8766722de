"""A set of features that is being written, by one or by several processes of a machine."""

import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import ExitStack

import torch
from torch import Tensor

from core.training import feature_store
from core.training.feature_store import Content, Features


class DiskDraft:
    """A folder that becomes a set when all of it is written.

    Args:
        key: Of the set.
        by: Whose it is; what one of that name has left behind is deleted.
        count: Features of a picture.

    Attributes:
        files: One a feature, to be filled by `write`.

    Raises:
        OSError: If it can't be made.
    """

    def __init__(self, key: str, by: str, count: int) -> None:
        self._key = key
        self._part = feature_store.root() / f"{key}.{by}{feature_store.PART}"
        self.close()
        self._part.mkdir()
        self.files = [str(self._part / f"{place}.bin") for place in range(count)]
        for file in self.files:
            open(file, "wb").close()

    def finish(self, content: Content) -> list[str]:
        """Makes it a set that every run finds; returns its files.

        Raises:
            OSError: If that can't be written.
        """
        feature_store.keep(self._part, self._key, content)
        return feature_store.files_of(feature_store.folder_of(self._key), content)

    def close(self) -> None:
        """Leaves nothing of it behind."""
        shutil.rmtree(self._part, ignore_errors=True)


class MemoryDraft:
    """Files in memory, gone with the last process that has them open; on Linux alone.

    Attributes:
        files: As other processes of the machine, and of the same person, open them.
    """

    def __init__(self, count: int) -> None:
        self._handles = [os.memfd_create(f"features {place}") for place in range(count)]
        self.files = [f"/proc/{os.getpid()}/fd/{handle}" for handle in self._handles]

    def finish(self, content: Content) -> list[str]:
        """The files, which stay what they are."""
        return self.files

    def close(self) -> None:
        """To be called when every process has opened them, or gave up."""
        for handle in self._handles:
            os.close(handle)


def write(
    files: Sequence[str], start: int, rows: int, batches: Iterable[tuple[Tensor, ...]],
    dtype: torch.dtype,
) -> list[str]:
    """Writes the features of some pictures where they belong.

    Args:
        files: Of a draft.
        start: The first of these pictures.
        rows: Pictures of the set; what the batches have beyond them is left out.
        batches: The features of some pictures after another, each [B, ...].
        dtype: They are kept in.

    Returns:
        The precision in which each was computed; nothing where there was no batch.

    Raises:
        OSError: If they can't be written.
    """
    computed: list[str] = []
    with ExitStack() as opened:
        handles = [opened.enter_context(open(file, "r+b")) for file in files]
        for features in batches:
            count = min(len(features[0]), rows - start)
            for handle, feature in zip(handles, features, strict=True):
                kept = feature[:count].to("cpu", dtype).contiguous()
                if not computed:
                    handle.seek(start * kept[:1].nbytes)
                handle.write(kept.view(-1).view(torch.uint8).numpy())
            computed = [feature_store.name_of(one.dtype) for one in features]
            start += count
        for handle in handles:
            handle.flush()
            os.fsync(handle.fileno())
    return computed


def in_memory(
    rows: int, batches: Iterable[tuple[Tensor, ...]], dtype: torch.dtype
) -> Features:
    """A set in the memory of one process, where it does not fit the disk."""
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
