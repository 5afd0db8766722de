"""A batch that brings the moments at which things happened to it, from whichever process.

A worker sends in a thread of its own, which is seen by what is pickled first and last.
"""

from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from operator import attrgetter
from typing import Any

from torch.utils.data._utils.pin_memory import pin_memory

from core.data.trace import now


@dataclass(slots=True)
class Moments:
    """What happened to a batch and when, by `now`; one process after the other.

    Attributes:
        number: In the order in which indices were drawn, from 0; -1 where none are (a stream).
        samples: How many it holds.
        made: When fetching began, some µs after a worker had the indices, and when each sample
            was there; one moment for all where the data set makes a batch at once.
        collating: `collate_fn` began,
        collated: and ended.
        sending: Pickling began, which moves tensors into shared memory; 0 without workers,
        sent: and ended.
        receiving: The main process unpickles it; 0 without workers,
        received: and has it.
        pinned: It is in pinned memory; 0 where nothing is pinned.
        worker: That made it; None for the main process.
        up: The worker's first moment, before its `worker_init_fn`; 0 without workers,
        ready: and after it.
    """

    number: int
    samples: int
    made: list[float]
    collating: float
    collated: float
    worker: int | None = None
    up: float = 0.0
    ready: float = 0.0
    sending: float = 0.0
    sent: float = 0.0
    receiving: float = 0.0
    received: float = 0.0
    pinned: float = 0.0


_values = attrgetter(*Moments.__slots__)


class TracedBatch:
    """A batch as the loader would yield it, with its moments.

    Pickling asks for `__reduce__` first, then goes through the batch, then asks `_Sent`.
    Unpickling calls `_receiving` first, then builds the batch, then calls `__setstate__`.
    """

    __slots__ = ("_receiving", "batch", "moments")

    def __init__(self, batch: Any, moments: Moments) -> None:
        self.batch, self.moments = batch, moments

    def __reduce__(self) -> tuple[Any, ...]:
        self.moments.sending = now()
        return _receiving, (), (self.batch, _Sent(self.moments))

    def __setstate__(self, state: tuple[Any, tuple[Any, ...]]) -> None:
        self.batch, moments = state
        self.moments = Moments(*moments)
        self.moments.receiving, self.moments.received = self._receiving, now()

    def pin_memory(self) -> "TracedBatch":
        """What a loader calls on a batch that it does not know."""
        self.batch = pin_memory(self.batch)
        self.moments.pinned = now()
        return self


def _receiving() -> TracedBatch:
    begun = now()
    batch = TracedBatch.__new__(TracedBatch)
    batch._receiving = begun
    return batch


class _Sent:
    """The moments, taken down when all before them is pickled."""

    __slots__ = ("_moments",)

    def __init__(self, moments: Moments) -> None:
        self._moments = moments

    def __reduce__(self) -> tuple[Any, ...]:
        self._moments.sent = now()
        return tuple, (_values(self._moments),)


# Without it the pickler of queues looks for each class in vain first, which takes 3 µs.
for _class in (TracedBatch, _Sent):
    ForkingPickler.register(_class, _class.__reduce__)
