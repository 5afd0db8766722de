"""Passes without gradients over many small batches on a CPU: several at once, with the same bits.

A batch of small pictures keeps the cores waiting: its operations are short, each is divided among
all threads, and each reads its weights anew. Here every thread has passes of its own, each over a
few batches joined. Which kernels PyTorch takes, and so how they round, depends on shapes and
threads and not on values: where one group gives the bits that its batches gave one by one, all do.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from threading import Barrier

import torch
from torch import Tensor

Results = tuple[Tensor, ...]
Compute = Callable[[Tensor], Results]
Group = Sequence[Tensor]  # batches that one pass takes

MOST_PIXELS = 2**18  # in one pass: beyond it most models that were measured were slower
_MOST_JOINED = 8
_FEWEST_ROUNDS = 5  # of one group a thread: fewer don't bring in what the trial costs


def computed(compute: Compute, batches: Iterable[Tensor], count: int) -> Iterator[Results]:
    """What is computed of batches, in their order; of some of them joined.

    Args:
        compute: From a batch [B, C, H, W] to results, each [B, ...]. It is called in several
            threads, and each of them has to turn gradients off for itself.
        batches: All of one size; the last may be shorter.
        count: How many there are.
    """
    ahead = _Ahead(batches)
    if ways := _ways(ahead.first, count):
        yield from _side_by_side(compute, ahead, ways)
    yield from map(compute, ahead)


def _ways(first: Tensor | None, count: int) -> list[int]:
    """How many batches to join, the best first; none where the trial would not pay."""
    if first is None or first.device.type != "cpu":
        return []
    (rows, _, height, width), threads = first.shape, torch.get_num_threads()
    rounds = count // (_FEWEST_ROUNDS * threads)
    most = min(_MOST_JOINED, MOST_PIXELS // (rows * height * width), rounds)
    # Where the largest group gives other bits, the others mostly do too: each trial costs a group.
    return [way for way in dict.fromkeys([most, 1]) if way <= most and way * threads > 1]


def _side_by_side(compute: Compute, ahead: _Ahead, ways: Sequence[int]) -> Iterator[Results]:
    """The first batches one by one and, where a way gives the same and is faster, the others."""
    known, results, seconds = ahead.take(max(2, *ways)), [], 0.0
    for batch in known:
        began = time.perf_counter()
        results.append(compute(batch))
        seconds = time.perf_counter() - began  # of the last: the first pass of a shape is slower
    yield from results
    try:
        begun = _Lanes(compute, torch.get_num_threads())
    except RuntimeError:  # no more threads are to be had
        return
    with begun as lanes:
        for joined in ways:
            groups = list(islice(ahead.groups(joined), lanes.count - 1))
            again, *others = lanes.at_once([known[:joined], *groups])
            if not _same(again, results[:joined]):
                ahead.put_back(list(chain.from_iterable(groups)))
                continue
            yield from others
            groups = list(islice(ahead.groups(joined), lanes.count))
            began = time.perf_counter()
            found = lanes.at_once(groups)
            pays = time.perf_counter() - began < seconds * joined * len(groups)
            yield from found
            if pays:
                yield from lanes.after_another(ahead.groups(joined))
            return


class _Lanes:
    """Threads that compute a group each, alone: none shares its operations with another.

    Raises:
        RuntimeError: If the system gives this process no more threads.
    """

    def __init__(self, compute: Compute, count: int) -> None:
        self.count, self._compute = count, compute
        self._threads = ThreadPoolExecutor(count, "lane")
        began, own = Barrier(count + 1), torch.get_num_threads()

        def begin() -> None:
            torch.set_num_threads(1)
            began.wait()

        try:
            for _ in range(count):
                self._threads.submit(begin)
            began.wait()
        except RuntimeError:
            began.abort()  # or those that began would wait for the others for ever
            self._threads.shutdown(cancel_futures=True)
            raise
        finally:
            torch.set_num_threads(own)  # for threads that begin later take what was set last

    def __enter__(self) -> _Lanes:
        return self

    def __exit__(self, *_error: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    def at_once(self, groups: Iterable[Group]) -> list[Results]:
        """The results of some groups, when all are there."""
        return [future.result() for future in [self._begun(group) for group in groups]]

    def after_another(self, groups: Iterable[Group]) -> Iterator[Results]:
        """The results of groups in their order; the next ones are prepared meanwhile."""
        waiting: deque[Future[Results]] = deque()
        for group in groups:
            waiting.append(self._begun(group))
            if len(waiting) > self.count:
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()

    def _begun(self, group: Group) -> Future[Results]:
        return self._threads.submit(lambda: self._compute(torch.cat(list(group))))


class _Ahead:
    """Batches that are still to come.

    Attributes:
        first: Of all of them; None where there is none.
    """

    def __init__(self, batches: Iterable[Tensor]) -> None:
        self._batches = iter(batches)
        self.first = next(self._batches, None)
        if self.first is not None:
            self.put_back([self.first])

    def __iter__(self) -> Iterator[Tensor]:
        return self._batches

    def take(self, count: int) -> list[Tensor]:
        """The next ones; fewer where there are no more."""
        return list(islice(self._batches, count))

    def put_back(self, batches: Sequence[Tensor]) -> None:
        """Lets them come next."""
        self._batches = chain(batches, self._batches)

    def groups(self, joined: int) -> Iterator[Group]:
        """The next ones in groups of one size; those that fill none are left."""
        while len(group := self.take(joined)) == joined and group[-1].shape == self.first.shape:
            yield group
        self.put_back(group)


def _same(joined: Results, alone: Sequence[Results]) -> bool:
    """Whether a group gave the bits that its batches gave one by one."""
    return all(
        torch.equal(_bits(one), _bits(torch.cat(several)))
        for one, several in zip(joined, zip(*alone, strict=True), strict=True)
    )


def _bits(numbers: Tensor) -> Tensor:
    """Which are equal where the numbers are not: NaN."""
    return numbers.contiguous().view(torch.uint8)
