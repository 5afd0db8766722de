"""Runs that belong together, of an experiment or a sweep: which of several counts, found by id.

Their `meta.json` has the id as `group`. What they are members of is called `what` in sentences:
"experiment" or "sweep", the name of its command too.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from core import places
from core.messages import ThawError
from core.recipe import Recipe
from core.runs import going_on, queue, supervisor
from core.runs.folder import Run, delete_run
from core.runs.status import status


class Group(Protocol):
    """An experiment or a sweep."""

    @property
    def id(self) -> str: ...


_G = TypeVar("_G", bound=Group)


def group_of(run: Run) -> str | None:
    """The id of what a run is a member of."""
    group = run.meta().get("group")
    return group if isinstance(group, str) else None


def age(run: Run) -> tuple[str, int]:
    """What sorts runs from the oldest to the newest; of the same second by their place."""
    return run.id[:17], queue.place_of(run) or 0


def which_counts(runs: Sequence[Run]) -> Run | None:
    """One that has finished, else one to come, else the newest.

    Args:
        runs: Of the same settings, the oldest first.
    """
    return max(reversed(runs), key=_weight, default=None)


def is_missing(run: Run | None) -> bool:
    """Whether it has neither finished, nor runs, nor waits."""
    return run is None or _weight(run) == 0


def is_going(runs: Iterable[Run]) -> bool:
    """Whether one of them runs or waits."""
    return any((now := status(run)).is_live or now.status == "queued" for run in runs)


def to_go_on(runs: Iterable[Run], recipe: Recipe) -> Run | None:
    """The one that is furthest of those that can go on from a checkpoint; None if none can.

    Args:
        runs: Of the same settings, none of which has finished, runs or waits.
        recipe: That they were started with.
    """
    able = [run for run in runs if going_on.can_go_on(run, recipe)]
    return max(able, key=lambda run: status(run).step, default=None)


def find(every: Sequence[_G], text: str, what: str) -> _G:
    """The one of an id, or of the unique beginning or end of one.

    Raises:
        ThawError: If there is none, or more than one.
    """
    found = [one for one in every if one.id == text] or [
        one for one in every
        if text and (one.id.startswith(text) or one.id.endswith(f"_{text}"))
    ]
    if not found:
        raise ThawError("grouped.unknown", what=what, text=text)
    if len(found) > 1:
        ids = ", ".join(one.id for one in found[:5])
        raise ThawError("grouped.ambiguous", what=what, text=text, found=ids)
    return found[0]


def remove_waiting(runs: Iterable[Run]) -> int:
    """Takes those that wait out of the queue; how many that were."""
    return queue.remove_all(run for run in runs if status(run).status == "queued")


def delete(runs: Sequence[Run], what: str) -> None:
    """Deletes all of them with all they have.

    Raises:
        ThawError: If one of them is running, or can't be deleted.
    """
    _refuse_running(runs, what)  # before anything of it is gone
    # What waits goes first, or the queue would start it while the others are deleted.
    remove_waiting(runs)
    with supervisor.only_starter(places.runs_root()):  # nor does anybody resume one
        _refuse_running(runs, what)
        for run in runs:
            delete_run(run)


def _refuse_running(runs: Iterable[Run], what: str) -> None:
    for run in runs:
        if status(run).is_live:
            raise ThawError("grouped.running", what=what, run=run.name)


def _weight(run: Run) -> int:
    now = status(run)
    if now.status == "finished":
        return 3
    return 2 if now.is_live else int(now.status == "queued" and queue.place_of(run) is not None)
