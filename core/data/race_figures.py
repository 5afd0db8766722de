"""What a lap came to, from when each thing happened."""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from core.data.race_lap import Epoch, Step
from core.data.race_parts import MAIN, spans_of
from core.data.race_spec import Lap

_LEAST_STEADY = 4  # batches that say how fast it is


def figures_of(epochs: Sequence[Epoch], made_ahead: int) -> Lap:
    """The figures of a lap.

    Args:
        made_ahead: Batches that workers have made before the first is asked for; with them the
            loader looks faster than it is, so they don't count.
    """
    first, steady = epochs[0], [_steady(epoch, made_ahead) for epoch in epochs[:-1]]
    steady = [steps for steps in steady if steps] or [first.steps]
    counted = [step for steps in steady for step in steps[1:]] or first.steps
    batches = [step.batch for step in counted]
    whole = [one.ended - one.begun for one in epochs[:-1] if one.is_whole]
    numbers = [step.batch.number for step in first.steps]
    return Lap(
        rate=_rate(steady, first),
        start=first.steps[0].received - first.begun,
        again=epochs[-1].steps[0].received - epochs[-1].begun,
        epoch=statistics.median(whole) if whole else 0.0,
        share=_part(sum(one.received - one.asked for one in counted),
                    sum(one.stepped - one.asked for one in counted)),
        sample=statistics.median((one.made[-1] - one.made[0]) / one.samples for one in batches),
        collate=statistics.median(one.collated - one.collating for one in batches),
        making=statistics.median(one.collated - one.made[0] for one in batches),
        transfer=_transfer(first),
        batches=sum(len(epoch.steps) for epoch in epochs[:-1]),
        late=sum(later < earlier for earlier, later in pairwise(numbers)),
        samples=statistics.median(one.samples for one in batches),
    )


def _steady(epoch: Epoch, made_ahead: int) -> list[Step]:
    """The steps from the last one that does not count; nothing if too few come after it."""
    for skipped in (max(made_ahead, 1), 1):
        if len(epoch.steps) >= skipped + _LEAST_STEADY:
            return epoch.steps[skipped - 1 :]
    return []


def _rate(steady: Sequence[Sequence[Step]], first: Epoch) -> float:
    samples = sum(step.batch.samples for steps in steady for step in steps[1:])
    seconds = sum(steps[-1].stepped - steps[0].stepped for steps in steady)
    if samples and seconds > 0:
        return samples / seconds
    # A single batch: its start is all there is.
    return _part(sum(one.batch.samples for one in first.steps), first.ended - first.begun)


def _transfer(epoch: Epoch) -> float:
    """The median of what a batch takes from a worker to the main process, waiting aside."""
    received: dict[int, float] = defaultdict(float)
    for span in spans_of(epoch):
        if span.lane == MAIN and span.part == "receive":
            received[span.batch] += span.end - span.begin
    found = []
    for one in (step.batch for step in epoch.steps):
        if one.worker is not None:
            # Batches of a stream have no number.
            there = received[one.number] if one.number in received and one.number >= 0 else (
                one.received - one.receiving
            )
            pinned = max(one.pinned - one.received, 0.0) if one.pinned else 0.0
            found.append(one.sent - one.sending + there + pinned)
    return statistics.median(found) if found else 0.0


def _part(some: float, whole: float) -> float:
    return some / whole if whole > 0 else 0.0
