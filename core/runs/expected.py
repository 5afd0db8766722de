"""When the runs that wait are expected to start and end, from what runs like them took."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from math import inf
from pathlib import Path

from core.recipe import Recipe
from core.runs import device_slots, device_use
from core.runs.device_use import Held, Need
from core.runs.folder import Run, list_runs
from core.runs.status import status

_LOOKED_AT = 100  # the newest of the other runs: a page asks at every redraw
_START_SECONDS = 10.0  # of a process that imports torch, where the run's files do not tell
_LONGEST_START = 300.0  # more is a clock that was set, or a folder that was copied
# What changes the numbers of a training but not its length; anything else is taken to matter.
_NO_MATTER = {
    "": ("format", "name", "schedule", "early_stopping"),
    "split": ("seed",),
    "optimizer": ("lr", "momentum", "weight_decay"),
    "train": ("epochs", "label_smoothing", "seed"),
}


@dataclass(frozen=True)
class Expected:
    """Seconds since 1970 at which a run starts and ends; None where nothing tells."""

    start: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class Took:
    """What a run took, or is about to take, as far as it is measured.

    Attributes:
        epoch: Seconds of an epoch.
        around: Seconds of all that is not training.
    """

    recipe: Recipe
    epoch: float
    around: float = _START_SECONDS

    def seconds(self, epochs: int) -> float:
        """Of a run like it, with so many epochs."""
        return self.around + epochs * self.epoch


@dataclass(frozen=True)
class Work:
    """A run that waits: for which slots, and the seconds that it takes; None if unknown."""

    need: Need
    seconds: float | None


def of_queue(waiting: Sequence[Run], root: Path | None = None) -> list[Expected]:
    """When each waiting run starts and ends if the queue goes on; an early stop is not foreseen.

    A run is like another one if they differ in nothing but what changes no step's length: name,
    seeds, learning rate and its schedule, momentum, weight decay, label smoothing, epochs, early
    stopping. The newest one like it tells.

    Args:
        waiting: In their order; each starts when its device is free, and none overtakes another
            one that waits for the same kind of device.
    """
    known: list[Took] = []
    under_way: list[Held] = []
    others = (run for run in list_runs(root) if run not in set(waiting))
    for run in islice(others, _LOOKED_AT):
        if status(run).is_live:
            under_way.append(Held(run, device_use.slots_of(run)))
        if took := _took(run):
            known.append(took)
    now = time.time()
    ends = {one: now + _left(one.run, known) for one in under_way}
    work = [Work(device_use.need_of(run), _still(run, known)) for run in waiting]
    free_at = {kind: _free_at(kind, now, ends) for kind in {one.need.kind for one in work}}
    return in_order(now, free_at, work)


def in_order(
    now: float, free_at: Mapping[str, Sequence[float]], work: Sequence[Work]
) -> list[Expected]:
    """The start and end of runs of which each starts when as many slots as it needs are free.

    Args:
        free_at: For each kind, when each of its slots is free; `now` or before if it is, infinite
            if unknown.
        work: In its order, which is kept within a kind.
    """
    free = {kind: [max(now, at) for at in times] for kind, times in free_at.items()}
    turn = dict.fromkeys(free, now)  # of the next run of a kind
    found = []
    for one in work:
        kind, count = one.need.kind, one.need.count
        slots = sorted(free[kind])
        turn[kind] = start = max(turn[kind], slots[count - 1])
        end = inf if one.seconds is None else start + one.seconds
        free[kind] = [end] * count + slots[count:]
        found.append(Expected(*(None if at == inf else at for at in (start, end))))
    return found


def length_of(recipe: Recipe, known: Iterable[Took]) -> float | None:
    """Seconds that a run needs by the first one that is like it; None if none is."""
    wanted = _what_costs(recipe)
    return next(
        (one.seconds(recipe.train.epochs) for one in known if _what_costs(one.recipe) == wanted),
        None,
    )


def words(seconds: float) -> str:
    """A duration no more exactly than a forecast can be, such as "about 5 min"."""
    if seconds < 60:
        return "under a minute"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min"
    return f"about {round(seconds / 3600)} h"


def _length(run: Run, known: Sequence[Took]) -> float | None:
    recipe = device_use.recipe_of(run)
    return None if recipe is None else length_of(recipe, known)


def _still(run: Run, known: Sequence[Took]) -> float | None:
    """Seconds that a run that waits takes; of one that goes on, what is left of them."""
    length = _length(run, known)
    return None if length is None else max(length - status(run).seconds, 0.0)


def _free_at(kind: str, now: float, ends: Mapping[Held, float]) -> list[float]:
    """When each slot of a kind is free, by when the runs end that hold one."""
    free = []
    for slot, takes in Counter(device_slots.of_kind(kind)).items():
        times = [end for one, end in ends.items() for held in one.slots if held == slot]
        # A run that somebody started beside the queue may hold a slot that was full.
        free += sorted([*[now] * takes, *times])[-takes:]
    return free


def _left(run: Run, known: Sequence[Took]) -> float:
    """Seconds until a run under way has ended; infinite if nothing tells."""
    now = status(run)
    if now.eta_seconds is not None or now.status not in ("starting", "running"):
        return now.eta_seconds or 0.0
    length = _length(run, known)
    return inf if length is None else max(length - now.seconds, 0.0)


def _took(run: Run) -> Took | None:
    """Of a finished run, or of one under way that has told when it ends; else None."""
    state = run.state() or {}
    recipe = device_use.recipe_of(run)
    # One that went on, perhaps with another batch size, tells too little.
    if recipe is None or state.get("attempt") != 1:
        return None
    seconds, epoch = state.get("seconds"), state.get("epoch")
    if not seconds or not epoch:
        return None
    if state.get("status") == "finished":
        return Took(recipe, seconds / epoch, _around(run, seconds))
    eta = status(run).eta_seconds
    return None if eta is None else Took(recipe, (seconds + eta) / recipe.train.epochs)


def _around(run: Run, seconds: float) -> float:
    try:
        around = (run.path / "state.json").stat().st_mtime - (run.launch() or {})["time"] - seconds
    except (OSError, KeyError, TypeError):
        return _START_SECONDS
    return around if 0 <= around <= _LONGEST_START else _START_SECONDS


@lru_cache(maxsize=1024)
def _what_costs(recipe: Recipe) -> str:
    return recipe.model_dump_json(exclude={
        **{part: set(fields) for part, fields in _NO_MATTER.items() if part},
        **dict.fromkeys(_NO_MATTER[""], True),
    })
