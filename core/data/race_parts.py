"""What the main process and each worker did with their time, as spans without gap or overlap.

A process is in one part at a time. The main process: starts the workers, draws indices, waits
for a batch, receives it, or makes it itself, does its own step, and the rest is the loader's own
code. A worker: starts, waits for indices, fetches samples, collates, sends. Its sender is a
thread: what it sends while the worker fetches the next batch lies beside and is not counted.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.data.race_lap import Epoch
from core.data.race_moments import Moments
from core.data.race_spec import Span

MAIN = -1  # its lane; those of workers are their ids


def spans_of(epoch: Epoch) -> list[Span]:
    """All spans of an epoch, in seconds since it began, lane by lane.

    Those of a lane that are not `beside` follow each other without a gap: the main process's
    from the beginning to the end, a worker's to the last that is known of it.
    """
    found = _main(epoch)
    by_worker: dict[int, list[Moments]] = defaultdict(list)
    for step in epoch.steps:
        if step.batch.worker is not None:
            by_worker[step.batch.worker].append(step.batch)
    for worker in sorted(by_worker):
        found += _worker(worker, by_worker[worker], epoch.begun)
    return [
        Span(one.lane, one.part, one.begin - epoch.begun, one.end - epoch.begun, one.batch,
             one.beside)
        for one in found
    ]


@dataclass
class _Line:
    """A lane that is filled from left to right: each moment belongs to one part."""

    lane: int
    at: float
    spans: list[Span] = field(default_factory=list)

    def to(self, part: str, until: float, batch: int = -1) -> None:
        """The part lasted until then; nothing if that is over already."""
        if until > self.at:
            self.spans.append(Span(self.lane, part, self.at, until, batch))
            self.at = until


# --- the main process --------------------------------------------------------------------


def _main(epoch: Epoch) -> list[Span]:
    line = _Line(MAIN, epoch.begun)
    happened = _Happened(_events(epoch))
    for begin, end, _ in happened.until(epoch.started):
        line.to("start", begin)
        line.to("draw", end)
    line.to("start", epoch.started)
    for step in epoch.steps:
        batch = step.batch
        number = batch.number
        for begin, end, other in happened.until(step.received):
            if other is None:
                line.to("rest", begin)
                line.to("draw", end)
            else:  # perhaps of a later batch, which is kept until its turn
                line.to("wait", min(begin, max(other.sent, line.at)), other.number)
                line.to("receive", end, other.number)
        if batch.worker is None:
            line.to("rest", batch.made[0], number)
            line.to("fetch", batch.made[-1], number)
            line.to("rest", batch.collating, number)
            line.to("collate", batch.collated, number)
        elif batch.pinned:  # another thread receives and pins
            line.to("wait", min(batch.pinned, step.received), number)
        line.to("rest", step.received, number)
        line.to("step", step.stepped, number)
    line.to("stop", epoch.ended)
    return line.spans


def _events(epoch: Epoch) -> list[tuple[float, float, Moments | None]]:
    """When indices were drawn (None) and batches received in the main thread, in order."""
    found: list[tuple[float, float, Moments | None]] = [(*draw, None) for draw in epoch.draws]
    found += [
        (step.batch.receiving, step.batch.received, step.batch) for step in epoch.steps
        if step.batch.worker is not None and not step.batch.pinned
    ]
    return sorted(found, key=lambda one: one[0])


class _Happened:
    """Events that are taken in their order, each once."""

    def __init__(self, events: list[tuple[float, float, Moments | None]]) -> None:
        self._events, self._next = events, 0

    def until(self, moment: float) -> Iterator[tuple[float, float, Moments | None]]:
        while self._next < len(self._events) and self._events[self._next][0] < moment:
            yield self._events[self._next]
            self._next += 1


# --- a worker ----------------------------------------------------------------------------


def _worker(worker: int, batches: list[Moments], begun: float) -> list[Span]:
    batches = sorted(batches, key=lambda one: one.made[0])
    line = _Line(worker, begun)
    line.to("start", batches[0].ready)  # long over where the worker was kept from before
    for one in batches:
        number = one.number
        line.to("wait", one.made[0], number)
        line.to("fetch", one.made[-1], number)
        line.to("rest", one.collating, number)
        line.to("collate", one.collated, number)
    line.to("wait", max(one.sent for one in batches))
    return _with_sending(line.spans, batches)


def _with_sending(spans: list[Span], batches: list[Moments]) -> list[Span]:
    """Sending takes the place of waiting, and lies beside everything else."""
    sends = sorted((one.sending, one.sent, one.number) for one in batches)
    found: list[Span] = []
    first = 0
    for span in spans:
        line = _Line(span.lane, span.begin)
        while first < len(sends) and sends[first][1] <= span.begin:
            first += 1
        for begin, end, number in sends[first:]:
            if begin >= span.end:
                break
            begin, end = max(begin, span.begin), min(end, span.end)
            if span.part == "wait":
                line.to("wait", begin, span.batch)
                line.to("send", end, number)
            else:
                found.append(Span(span.lane, "send", begin, end, number, beside=True))
        line.to(span.part, span.end, span.batch)
        found += line.spans
    return found
