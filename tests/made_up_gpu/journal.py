"""What the made-up GPU was asked to do, and the errors that it gives."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_library = ctypes.CDLL(os.environ["MADE_UP_GPU"])
_library.made_up_read.restype = ctypes.c_char_p

MEMORY, UNCORRECTABLE, BUSY, ASSERTED, FAILED = 2, 214, 46, 710, 719  # cudaError_t


@contextmanager
def kept() -> Iterator[list[str]]:
    """The copies, and the waits of the CPU, in their order; the list is filled at the end."""
    lines: list[str] = []
    _library.made_up_journal(1)
    try:
        yield lines
    finally:
        lines += _library.made_up_read().decode().splitlines()
        _library.made_up_journal(0)


@contextmanager
def no_waiting() -> Iterator[None]:
    """Where PyTorch would wait for the GPU it raises a RuntimeError."""
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@contextmanager
def side_streams_ahead() -> Iterator[None]:
    """All streams but the one that computes do at once what they are asked for."""
    _library.made_up_ahead(1)
    try:
        yield
    finally:
        _library.made_up_ahead(0)


@contextmanager
def lost(error: int, after: int = 5) -> Iterator[None]:
    """A kernel fails, and the device with it."""
    _library.made_up_loss(after, error)
    try:
        yield
    finally:
        _library.made_up_loss(-1, 0)
