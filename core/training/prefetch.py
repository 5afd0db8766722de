"""Batches on the training device; on an NVIDIA GPU one batch ahead of the step."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TypeVar

import torch
from torch import Tensor

T = TypeVar("T")
Batch = tuple[Tensor, Tensor]
_END = object()


def placed(
    batches: Iterable[T], place: Callable[[T], Batch], device: torch.device
) -> Iterator[Batch]:
    """What `place` makes of each batch, in their order.

    On a GPU both work in a stream of their own: the next batch is copied and prepared while the
    step before it still computes. Elsewhere a batch is made when it is asked for.

    Args:
        place: Brings a batch to the device, without waiting for it.
    """
    if device.type == "cuda":
        return _one_ahead(batches, place, device)
    return map(place, batches)


def _one_ahead(
    batches: Iterable[T], place: Callable[[T], Batch], device: torch.device
) -> Iterator[Batch]:
    side = _side_of(device)
    # What the batches are taken from may still be on its way to the device.
    side.wait_stream(torch.cuda.current_stream(device))
    source, before = iter(batches), None
    while True:
        # The source too: it may look its pictures up on the device, and `place` reads them at once.
        with torch.cuda.stream(side):
            batch = next(source, _END)
            coming = None if batch is _END else (place(batch), side.record_event())
        if before:
            yield _handed_over(*before, device)
        if coming is None:
            return
        before = coming


@cache
def _side_of(device: torch.device) -> torch.cuda.Stream:
    """The one stream in which all batches are made.

    The memory that a stream gives back is kept for that stream alone: with one for each epoch,
    that of the batches of 32 epochs (as many there are) would stay taken.
    """
    return torch.cuda.Stream(device)


def _handed_over(batch: Batch, done: torch.cuda.Event, device: torch.device) -> Batch:
    """The batch for the stream that computes, which waits until it is there."""
    stream = torch.cuda.current_stream(device)
    stream.wait_event(done)
    for tensor in batch:
        # Or the side stream would write the next batch into it as soon as Python lets go of it.
        tensor.record_stream(stream)
    return batch
