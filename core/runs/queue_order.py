"""The queue as files: which runs wait, in which order, and whether it is paused.

A run waits if nobody has launched it and its `meta.json` has a place; the lowest place is next.
So does one that ended early and was queued to go on (`going_on`). A file in the runs folder keeps
the pause.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from core import places, portable
from core.messages import ThawError
from core.recipe import Recipe
from core.runs import device_use, going_on, supervisor
from core.runs.changes import Changes
from core.runs.folder import Run, create_run, delete_run, list_runs
from core.runs.meta import set_meta
from core.runs.status import status

_PAUSED = ".queue.paused"  # in the runs folder, under a name that no listing shows


@dataclass(frozen=True)
class NewRun:
    """A run that is to be queued; `meta` is what its `meta.json` holds beside its name."""

    recipe: Recipe
    name: str = ""
    meta: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class GoOn:
    """A run that ended early and is to be queued, to go on from its checkpoint."""

    run: Run
    changes: Changes = Changes()


def waiting(root: Path | None = None) -> list[Run]:
    """The runs that wait, the next one first."""
    found = [
        (place, run.id, run) for run in list_runs(root)
        if (place := place_of(run)) is not None and status(run).status == "queued"
    ]
    return [run for _, _, run in sorted(found, key=lambda one: one[:2])]


def next_to_start(root: Path | None = None) -> Run | None:
    """The first waiting run whose device is free; None if there is none.

    Among those that wait for the same kind of device nobody overtakes, so that a run on several
    GPUs gets them; one that waits for a GPU is no hindrance to one that waits for the CPU.
    """
    under_way = device_use.held(root)
    kept: set[str] = set()  # for a run further to the front
    for run in waiting(root):
        wanted = device_use.need_of(run)
        if wanted.kind not in kept and device_use.fits(wanted, under_way):
            return run
        kept.add(wanted.kind)
    return None


def place_of(run: Run) -> int | None:
    """The place that a run was given; it keeps it when its turn has come. None for no place."""
    place = run.meta().get("place")
    return place if isinstance(place, int) else None


def add(new: Sequence[NewRun | GoOn | Run], root: Path | None = None) -> list[Run]:
    """Makes the folders of runs and queues them in this order behind all that wait.

    `keep_going` starts the first of them. All are queued, or none is.

    Args:
        new: Among them runs that ended early and are to go on from their checkpoint.

    Raises:
        ThawError: If a folder can't be made, the disk is full, or one that is to go on is gone,
            waits already, runs, or has finished.
        RecipeError: If one is to go on with a batch size that can't be.
    """
    root = root or places.runs_root()
    made: list[Run] = []
    with supervisor.only_starter(root):  # else two adders would give out the same places
        first = 1 + max((place_of(run) or 0 for run in waiting(root)), default=0)
        try:
            for place, one in enumerate(new, first):
                made.append(_added(one, place, root))
        except BaseException:
            for run in made:
                _take_out(run)
            raise
    return made


def _added(one: NewRun | GoOn | Run, place: int, root: Path) -> Run:
    if isinstance(one, NewRun):
        meta = {**one.meta, "place": place}
        return create_run(one.recipe, root=root, name=one.name, meta=meta)
    run, changes = (one.run, one.changes) if isinstance(one, GoOn) else (one, Changes())
    supervisor.refuse_if_gone(run)
    now = status(run)
    if now.status == "queued":
        raise ThawError("queue.waits_already", run=run.name)
    if now.is_live:
        raise ThawError("runs.already_running", run=run.name)
    if now.status == "finished":
        raise ThawError("training.already_finished", run=run.name)
    if changes.fields:
        changes.check(run.present_recipe())
    try:
        # Else whoever wished it away before its worker died would have it deleted in its turn.
        (run.path / "stop").unlink(missing_ok=True)
        going_on.mark(run, place, changes)
    except OSError as error:
        raise ThawError("queue.unwritable", why=error.strerror) from None
    return run


def remove(run: Run) -> None:
    """Takes a waiting run out of the queue.

    A new one is deleted: there is nothing in it yet. One that was to go on stays with all it has.

    Raises:
        ThawError: If it does not wait any more, or the order can't be written.
    """
    with supervisor.only_starter(run.path.parent):  # the queue can't start it meanwhile
        _refuse_unless_waiting(run)
        try:
            _take_out(run)
        except OSError as error:
            raise ThawError("queue.unwritable", why=error.strerror) from None


def _take_out(run: Run) -> None:
    if going_on.was_begun(run):
        going_on.unmark(run)
    else:
        delete_run(run)


def _refuse_unless_waiting(run: Run) -> None:
    now = status(run).status if run.path.exists() else "gone"
    if now != "queued":
        raise ThawError("queue.not_waiting", run=run.name, status=now)


def move(run: Run, to: int) -> None:
    """Puts a waiting run at a position among those that wait: 1 is the next to start.

    A number beyond either end means that end.

    Raises:
        ThawError: If it does not wait any more, or the order can't be written.
    """
    root = run.path.parent
    with supervisor.only_starter(root):
        _refuse_unless_waiting(run)
        before = waiting(root)
        if run not in before:
            raise ThawError("queue.not_waiting", run=run.name, status="in no queue")
        places_given = [place_of(one) for one in before]
        after = [one for one in before if one != run]
        after.insert(min(max(to, 1), len(before)) - 1, run)
        try:
            for one, place in zip(after, _rising(places_given), strict=True):
                if place_of(one) != place:
                    set_meta(one, place=place)
        except OSError as error:
            raise ThawError("queue.unwritable", why=error.strerror) from None


def _rising(given: Sequence[int]) -> list[int]:
    """The same places, made different: a move that was cut off may have left two alike."""
    rising: list[int] = []
    for place in given:
        rising.append(max(place, rising[-1] + 1) if rising else place)
    return rising


def pause(root: Path | None = None) -> None:
    """Lets nothing more start until `unpause`; what runs goes on.

    Raises:
        ThawError: If the pause can't be written.
    """
    root = root or places.runs_root()
    with supervisor.only_starter(root):  # when this returns, nothing is about to start
        try:
            portable.write_json(root / _PAUSED, {"time": time.time()})
        except OSError as error:
            raise ThawError("queue.unwritable", why=error.strerror) from None


def unpause(root: Path | None = None) -> None:
    """Lets the queue go on; `keep_going` starts its process.

    Raises:
        ThawError: If the pause can't be taken away.
    """
    try:
        ((root or places.runs_root()) / _PAUSED).unlink(missing_ok=True)
    except OSError as error:
        raise ThawError("queue.unwritable", why=error.strerror) from None


def is_paused(root: Path | None = None) -> bool:
    """Whether somebody paused the queue."""
    return ((root or places.runs_root()) / _PAUSED).exists()


def remove_all(runs: Iterable[Run]) -> int:
    """Removes those of the runs that still wait; returns how many."""
    count = 0
    for run in runs:
        with suppress(ThawError):
            remove(run)
            count += 1
    return count
