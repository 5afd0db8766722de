"""A copy of what a checkpoint holds, made in one buffer that is used again for the next."""

import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

log = logging.getLogger(__name__)

_ALIGNED = 64  # bytes: every dtype may begin there


class SnapshotBuffer:
    """Memory for one snapshot, as large as the largest so far; pinned if tensors are on a GPU."""

    def __init__(self) -> None:
        self._memory = torch.empty(0, dtype=torch.uint8)
        self._copied: torch.cuda.Event | None = None

    def take(self, content: Any) -> Any:
        """The same with each tensor copied into the buffer; a snapshot before it is overwritten.

        On an NVIDIA GPU the copies are only asked for, in the order of the stream: what the loop
        asks for next comes after them. `wait` before reading.

        Args:
            content: Nested mappings, lists and tuples of dense tensors and plain values.
        """
        tensors = list(_tensors(content))
        on_gpu = any(tensor.is_cuda for tensor in tensors)
        needed = sum(_room(tensor) for tensor in tensors)
        if needed > len(self._memory):
            self._memory = torch.empty(0, dtype=torch.uint8)  # freed before the next is asked for
            self._memory = _pinned(needed) if on_gpu else torch.empty(needed, dtype=torch.uint8)
        taken = _copied(content, _places(self._memory, tensors))
        self._copied = None
        if on_gpu:
            self._copied = torch.cuda.Event()
            self._copied.record()
        return taken

    def wait(self) -> None:
        """Until the copies are made."""
        if self._copied:
            self._copied.synchronize()


def _pinned(bytes: int) -> Tensor:
    """Memory that a GPU copies into beside its computing, or else what it has to wait for.

    WSL gives a process little of the first kind (NVIDIA, "CUDA on WSL", known limitations).
    """
    try:
        return torch.empty(bytes, dtype=torch.uint8, pin_memory=True)
    except RuntimeError as error:
        log.warning("checkpoints are copied through memory that is not pinned: %s", error)
        return torch.empty(bytes, dtype=torch.uint8)


def _tensors(content: Any) -> Iterator[Tensor]:
    if isinstance(content, Tensor):
        yield content
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from _tensors(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from _tensors(value)


def _room(tensor: Tensor) -> int:
    return -(-tensor.numel() * tensor.element_size() // _ALIGNED) * _ALIGNED


def _places(memory: Tensor, tensors: list[Tensor]) -> Iterator[Tensor]:
    """A place for each tensor, with its strides where they leave no gaps.

    Through NumPy each place has a storage of its own: `torch.save` writes whole storages.
    """
    raw, offset = memory.numpy(), 0
    for tensor in tensors:
        size = tensor.numel() * tensor.element_size()
        flat = torch.from_numpy(raw[offset : offset + size]).view(tensor.dtype)
        strides = torch.empty_like(tensor, device="meta").stride()
        yield flat.as_strided(tensor.shape, strides)
        offset += _room(tensor)


def _copied(content: Any, places: Iterator[Tensor]) -> Any:
    if isinstance(content, Tensor):
        # MPS has no event here to wait for.
        return next(places).copy_(content.detach(), non_blocking=content.is_cuda)
    if isinstance(content, Mapping):
        copy = {key: _copied(value, places) for key, value in content.items()}
        if isinstance(content, OrderedDict):
            copy = OrderedDict(copy)
            vars(copy).update(vars(content))  # the versions of modules, which some ask for
        return copy
    if isinstance(content, list | tuple):
        return type(content)(_copied(value, places) for value in content)
    return content
