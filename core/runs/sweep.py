"""A sweep: one recipe with every combination of a few fields' values, as queued runs.

What is swept is written once, before any run is queued, into a small file of its own in the runs
folder; so a sweep that was cut off in its making, or all of whose waiting runs were removed, can
go on with what is missing. Everything that happens to a run is in its run folder, as ever: its
`meta.json` says which sweep (`group`) and which cell it is of.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import places, portable
from core import recipe as recipes
from core.messages import ThawError
from core.recipe import Recipe
from core.runs import grouped, queue, supervisor, sweep_spec
from core.runs.folder import Run, list_runs, random_ending
from core.runs.status import status
from core.runs.sweep_spec import Cell, Planned, SweepSpec

_FOLDER = ".sweeps"  # in the runs folder, under a name that no listing shows


@dataclass(frozen=True)
class Member:
    """A run of a sweep."""

    run: Run
    cell: Cell


@dataclass(frozen=True)
class Sweep:
    """A sweep with the runs that it has.

    Attributes:
        recipe: That the values are put into.
        members: The oldest first; more than one for a cell where one was queued again.
    """

    id: str
    spec: SweepSpec
    recipe: Recipe
    members: tuple[Member, ...] = ()

    @property
    def name(self) -> str:
        """What a person calls it."""
        return sweep_spec.title_of(self.spec, self.recipe)

    def planned(self) -> list[Planned]:
        """All runs that it should have, in their order.

        Raises:
            ThawError: If this version of Thaw refuses one of them.
        """
        return sweep_spec.plan(self.spec, self.recipe)

    def run_of(self, cell: Cell) -> Run | None:
        """The run that counts: one that has finished, else one to come, else the newest."""
        return grouped.which_counts([one.run for one in self.members if one.cell == cell])


# --- making one --------------------------------------------------------------------------


def begin(spec: SweepSpec, recipe: Recipe) -> Sweep:
    """Queues all runs of a new sweep, and lets the queue go.

    Raises:
        ThawError: If a cell is no recipe, or the runs can't be made or started.
    """
    planned = sweep_spec.plan(spec, recipe)
    new = Sweep(f"sweep_{time.strftime('%Y-%m-%d_%H%M%S')}_{random_ending()}", spec, recipe)
    try:
        _file(new.id).parent.mkdir(exist_ok=True)
        portable.write_json(_file(new.id), {
            "spec": spec.model_dump(mode="json"), "recipe": recipe.model_dump(mode="json"),
        })
    except OSError as error:
        raise ThawError("places.unwritable", path=str(_file(new.id)), why=error.strerror) from None
    try:
        _queue(new, planned)
    except ThawError:
        if not find(new.id).members:  # nothing of it is there: nobody need clear it away
            _file(new.id).unlink(missing_ok=True)
        raise
    return find(new.id)


def missing(sweep: Sweep) -> list[Planned]:
    """What has neither finished, nor runs, nor waits."""
    return [one for one in sweep.planned() if grouped.is_missing(sweep.run_of(one.cell))]


def queue_missing(sweep: Sweep) -> int:
    """Queues what is missing, failed or was stopped; what there is of it stays.

    A run goes on from its newest checkpoint, where it has one that it can go on from; else it
    begins anew, as another run.

    Raises:
        ThawError: If nothing is missing, or the runs can't be made or started.
    """
    found = missing(sweep)
    if not found:
        raise ThawError("grouped.nothing_missing", what="sweep")
    _queue(sweep, found)
    return len(found)


def stop(sweep: Sweep) -> int:
    """Takes what waits out of the queue, and asks what runs to stop and keep what it has.

    Returns:
        How many runs that were.

    Raises:
        ThawError: If nothing of it runs or waits.
    """
    # What waits goes first, or the queue would start it as soon as the one before it stops.
    count = grouped.remove_waiting(one.run for one in sweep.members)
    live = [one.run for one in sweep.members if status(one.run).is_live]
    for run in live:
        supervisor.stop(run)
    if not count + len(live):
        raise ThawError("sweep.nothing_to_stop")
    return count + len(live)


def delete(sweep: Sweep) -> None:
    """Deletes a sweep: all its runs with all they have.

    Raises:
        ThawError: If one of them is running, or can't be deleted.
    """
    grouped.delete([one.run for one in sweep.members], "sweep")
    _file(sweep.id).unlink(missing_ok=True)


def _queue(sweep: Sweep, planned: Sequence[Planned]) -> None:
    queue.add([_to_queue(sweep, one) for one in planned])
    queue.keep_going()


def _to_queue(sweep: Sweep, one: Planned) -> queue.NewRun | Run:
    before = [member.run for member in sweep.members if member.cell == one.cell]
    return grouped.to_go_on(before, one.recipe) or queue.NewRun(one.recipe, one.recipe.name, {
        "group": sweep.id, "sweep": {"name": sweep.name, "cell": list(one.cell)},
    })


# --- finding one again -------------------------------------------------------------------


def list_all() -> list[Sweep]:
    """All sweeps, the newest first."""
    members = _members()
    ids = sorted((path.stem for path in _file("").parent.glob("sweep_*.json")), reverse=True)
    read = (_read(id, members[id]) for id in ids)
    return [found for found in read if found is not None]


def find(text: str) -> Sweep:
    """The sweep of an id, or of the unique beginning or end of one.

    Raises:
        ThawError: If there is none, or more than one.
    """
    return grouped.find(list_all(), text, "sweep")


def _file(id: str) -> Path:
    return places.runs_root() / _FOLDER / f"{id}.json"


def _members() -> dict[str, list[Member]]:
    """The runs of each sweep, the oldest first."""
    found: dict[str, list[tuple[tuple[str, int], Member]]] = defaultdict(list)
    for run in list_runs():
        meta = run.meta()
        group, said = meta.get("group"), meta.get("sweep")
        if isinstance(group, str) and isinstance(said, dict) and isinstance(said.get("cell"), list):
            found[group].append((grouped.age(run), Member(run, tuple(said["cell"]))))
    return defaultdict(list, {
        group: [one for _, one in sorted(runs, key=lambda pair: pair[0])]
        for group, runs in found.items()
    })


def _read(id: str, members: Sequence[Member]) -> Sweep | None:
    """A sweep from its file; None if that is damaged or of another version of Thaw."""
    said: dict[str, Any] = portable.read_json(_file(id)) or {}
    try:
        return Sweep(
            id, sweep_spec.parse(said["spec"]), recipes.parse(said["recipe"]), tuple(members)
        )
    except (ThawError, KeyError, TypeError, ValueError):
        return None
