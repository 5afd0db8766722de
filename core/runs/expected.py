"""When the runs that wait are expected to start and end, from what runs like them took."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from core import recipe as recipes
from core.messages import ThawError
from core.recipe import Recipe
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


def of_queue(waiting: Sequence[Run], root: Path | None = None) -> list[Expected]:
    """When each waiting run starts and ends if the queue goes on; an early stop is not foreseen.

    A run is like another one if they differ in nothing but what changes no step's length: name,
    seeds, learning rate and its schedule, momentum, weight decay, label smoothing, epochs, early
    stopping. The newest one like it tells.

    Args:
        waiting: In their order; they start one after another.
    """
    known: list[Took] = []
    under_way: list[Run] = []
    others = (run for run in list_runs(root) if run not in set(waiting))
    for run in islice(others, _LOOKED_AT):
        if status(run).is_live:
            under_way.append(run)
        if took := _took(run):
            known.append(took)
    lengths = [_length(run, known) for run in waiting]
    now = time.time()
    return one_after_another(
        now, None if (left := _left(under_way, known)) is None else now + left, lengths
    )


def one_after_another(
    now: float, free_at: float | None, lengths: Sequence[float | None]
) -> list[Expected]:
    """The start and end of runs of which each starts when the one before it has ended.

    Args:
        free_at: When the run under way ends; `now` or before if there is none, None if unknown.
        lengths: Seconds of each run; None if unknown.
    """
    found = []
    start = None if free_at is None else max(now, free_at)
    for length in lengths:
        end = None if start is None or length is None else start + length
        found.append(Expected(start, end))
        start = end
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
    recipe = _recipe(run)
    return None if recipe is None else length_of(recipe, known)


def _left(under_way: Sequence[Run], known: Sequence[Took]) -> float | None:
    """Seconds until the last run under way has ended; 0 for none, None if one does not tell."""
    left = 0.0
    for run in under_way:
        now = status(run)
        eta = now.eta_seconds
        if eta is None and now.status in ("starting", "running"):
            length = _length(run, known)
            eta = None if length is None else max(length - now.seconds, 0.0)
        if eta is None and now.status in ("starting", "running"):
            return None
        left = max(left, eta or 0.0)
    return left


def _took(run: Run) -> Took | None:
    """Of a finished run, or of one under way that has told when it ends; else None."""
    state = run.state() or {}
    recipe = _recipe(run)
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


def _recipe(run: Run) -> Recipe | None:
    try:
        return _read(run.path / "recipe.json", (run.path / "recipe.json").stat().st_mtime_ns)
    except OSError:  # deleted meanwhile
        return None


@lru_cache(maxsize=1024)
def _read(path: Path, stamp: int) -> Recipe | None:
    """The recipe of a file as of a time; None if it can't be read, which the queue says then."""
    try:
        return recipes.load(path)
    except ThawError:
        return None


@lru_cache(maxsize=1024)
def _what_costs(recipe: Recipe) -> str:
    return recipe.model_dump_json(exclude={
        **{part: set(fields) for part, fields in _NO_MATTER.items() if part},
        **dict.fromkeys(_NO_MATTER[""], True),
    })
