"""One loader at work for a while, with a training step to feed: when each thing happened."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from torch.utils.data import DataLoader

from core.data.race_moments import Moments
from core.data.race_trace import traced
from core.data.trace import now


@dataclass(frozen=True)
class Step:
    """What the main process did with a batch: it asked, had it, and was done with its step."""

    asked: float
    received: float
    stepped: float
    batch: Moments


@dataclass
class Epoch:
    """One pass over the loader, or the beginning of one.

    Attributes:
        begun: `iter(loader)` was called,
        started: and returned, so the workers were started.
        draws: When each list of indices was asked for and handed out.
        ended: The last step was done; of a whole epoch, the loader had said that there is no more.
        is_whole: Whether it was gone through to its end.
    """

    begun: float
    started: float = 0.0
    steps: list[Step] = field(default_factory=list)
    draws: list[tuple[float, float]] = field(default_factory=list)
    ended: float = 0.0
    is_whole: bool = False


def run_lap(loader: DataLoader, step: Callable[[], None], seconds: float) -> list[Epoch]:
    """Goes through the loader for so long, then fetches the first batch of one more epoch.

    That epoch says what the start of every later one costs. The time counts from the first batch:
    workers may take longer to start. No worker is left when it returns.
    """
    loader = traced(loader)
    until, epochs, iterator = None, [], None
    try:
        while len(epochs) < 2 or now() < until:
            if not loader.persistent_workers:
                _end_workers(iterator)
            epoch = Epoch(now())
            epochs.append(epoch)
            iterator = iter(loader)
            epoch.started = now()
            _step(iterator, epoch, step)
            until = until or now() + seconds
            while not epoch.is_whole and now() < until:
                _step(iterator, epoch, step)
            epoch.draws = _draws(loader)
            if not epoch.steps:
                break  # an empty loader
    finally:
        _end_workers(iterator)
    return epochs


def _step(iterator: Any, epoch: Epoch, step: Callable[[], None]) -> None:
    asked = epoch.ended or epoch.started  # the moment before ended: nothing lies between
    batch = next(iterator, None)
    received = now()
    if batch is None:
        epoch.is_whole, epoch.ended = True, received
        return
    step()
    epoch.ended = now()
    epoch.steps.append(Step(asked, received, epoch.ended, batch.moments))


def _draws(loader: DataLoader) -> list[tuple[float, float]]:
    for sampler in (loader.batch_sampler, loader.sampler):
        if draws := getattr(sampler, "draws", None):
            return draws
    return []


def _end_workers(iterator: Any) -> None:
    with suppress(AttributeError):  # without workers there is nothing to end
        iterator._shutdown_workers()
