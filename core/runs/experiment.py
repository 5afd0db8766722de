"""An experiment: one recipe under several freeze plans, each with several seeds, as queued runs.

Every run carries the whole experiment in its `meta.json` (`group` is its id), so there is no
other file that could disagree with the runs. Data, split, batches, augmentation and the number
of steps are the same for all plans: they derive from the recipe and the seed alone.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core import recipe as recipes
from core.messages import ThawError
from core.recipe import Recipe
from core.runs import grouped, queue
from core.runs.experiment_spec import (
    ExperimentSpec,
    Plan,
    check,
    parse,
    recipe_of,
    title_of,
)
from core.runs.folder import Run, list_runs, random_ending


@dataclass(frozen=True)
class Planned:
    """One run that belongs to an experiment."""

    plan: Plan
    seed: int
    recipe: Recipe


@dataclass(frozen=True)
class Member:
    """A run of an experiment."""

    run: Run
    plan: Plan
    seed: int


@dataclass(frozen=True)
class Experiment:
    """An experiment with the runs that it has.

    Attributes:
        recipe: That the plans are put into.
        members: The oldest first; more than one for a plan and seed where one was queued again.
    """

    id: str
    spec: ExperimentSpec
    recipe: Recipe
    members: tuple[Member, ...]

    @property
    def name(self) -> str:
        """What a person calls it."""
        return title_of(self.spec, self.recipe)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds, from the recipe's on."""
        return tuple((self.recipe.train.seed + one) % 2**31 for one in range(self.spec.seeds))

    def planned(self) -> list[Planned]:
        """All runs that it should have, a seed after another, so that pairs are whole early."""
        return list(_planned(self.spec, self.recipe))

    def run_of(self, plan: Plan, seed: int) -> Run | None:
        """The run that counts: one that has finished, else one to come, else the newest."""
        return grouped.which_counts(
            [one.run for one in self.members if (one.plan, one.seed) == (plan, seed)]
        )


# --- making one --------------------------------------------------------------------------


def begin(spec: ExperimentSpec, recipe: Recipe) -> Experiment:
    """Queues all runs of a new experiment, and lets the queue go.

    Raises:
        ThawError: If it would compare nothing, or the runs can't be made or started.
    """
    check(spec, recipe)
    stamp = time.strftime("%Y-%m-%d_%H%M%S")
    new = Experiment(f"experiment_{stamp}_{random_ending()}", spec, recipe, ())
    _queue(new, new.planned())
    return find(new.id)


def missing(experiment: Experiment) -> list[Planned]:
    """What has neither finished, nor runs, nor waits."""
    return [
        one for one in experiment.planned()
        if grouped.is_missing(experiment.run_of(one.plan, one.seed))
    ]


def queue_missing(experiment: Experiment) -> int:
    """Queues what is missing, failed or was stopped; what there is of it stays.

    A run goes on from its newest checkpoint, where it has one that it can go on from; else it
    begins anew, as another run.

    Raises:
        ThawError: If nothing is missing, or the runs can't be made or started.
    """
    found = missing(experiment)
    if not found:
        raise ThawError("grouped.nothing_missing", what="experiment")
    _queue(experiment, found)
    return len(found)


def _queue(experiment: Experiment, planned: list[Planned]) -> None:
    queue.add([_to_queue(experiment, one) for one in planned])
    queue.keep_going()


def _to_queue(experiment: Experiment, one: Planned) -> queue.NewRun | Run:
    before = [
        member.run for member in experiment.members
        if (member.plan, member.seed) == (one.plan, one.seed)
    ]
    return grouped.to_go_on(before, one.recipe) or queue.NewRun(one.recipe, one.recipe.name, {
        "group": experiment.id,
        "experiment": {
            "spec": experiment.spec.model_dump(mode="json"),
            "recipe": experiment.recipe.model_dump(mode="json"),
            "plan": one.plan,
            "seed": one.seed,
        },
    })


# --- finding one again -------------------------------------------------------------------


def list_all() -> list[Experiment]:
    """All experiments that have a run, the newest first."""
    groups: dict[str, list[tuple[Run, dict[str, Any]]]] = defaultdict(list)
    for run in reversed(list_runs()):
        meta = run.meta()
        if isinstance(meta.get("group"), str) and isinstance(meta.get("experiment"), dict):
            groups[meta["group"]].append((run, meta["experiment"]))
    read = (_read(group, groups[group]) for group in sorted(groups, reverse=True))
    return [found for found in read if found is not None]


def find(text: str) -> Experiment:
    """The experiment of an id, or of the unique beginning or end of one.

    Raises:
        ThawError: If there is none, or more than one.
    """
    return grouped.find(list_all(), text, "experiment")


def delete(experiment: Experiment) -> None:
    """Deletes an experiment: all its runs with all they have.

    Raises:
        ThawError: If one of them is running, or can't be deleted.
    """
    grouped.delete([one.run for one in experiment.members], "experiment")


def _read(group: str, runs: list[tuple[Run, dict[str, Any]]]) -> Experiment | None:
    """An experiment from what its runs say; None if that is of another version of Thaw."""
    try:
        said = runs[0][1]
        members = tuple(
            Member(run, one["plan"], int(one["seed"]))
            for run, one in sorted(runs, key=lambda pair: grouped.age(pair[0]))
        )
        return Experiment(group, parse(said["spec"]), recipes.parse(said["recipe"]), members)
    except (ThawError, KeyError, TypeError, ValueError):
        return None


def _planned(spec: ExperimentSpec, recipe: Recipe) -> Iterator[Planned]:
    for seed in Experiment("", spec, recipe, ()).seeds:
        for plan in spec.plans:
            yield Planned(plan, seed, recipe_of(spec, recipe, plan, seed))
