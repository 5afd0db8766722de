"""A race of loaders that differ in one argument, and what came of it. No torch here."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from core import portable
from core.data.exploration import Exploration, LoaderArguments
from core.messages import Problem
from core.spec import Spec, SpecError, as_pydantic, problems_of

Vary = Literal[
    "num_workers", "multiprocessing_context", "prefetch_factor", "persistent_workers", "in_order"
]
Feed = Literal["none", "sleep", "compute"]

MOST_WORKERS = 8
RACE_SECONDS = 120.0  # after which it is ended
# With workers alone these can be set.
_OF_WORKERS: Mapping[str, Any] = {
    "prefetch_factor": None, "persistent_workers": False, "timeout": 0.0,
    "multiprocessing_context": "default", "in_order": True,
}
_VALUES: Mapping[str, tuple[Any, ...]] = {
    "multiprocessing_context": ("fork", "forkserver", "spawn"),
    "prefetch_factor": (1, 2, 4, 8),
    "persistent_workers": (False, True),
    "in_order": (True, False),
}


def most_workers() -> int:
    """More than two for each core only take turns."""
    return min(2 * portable.cores(), MOST_WORKERS)


class Race(Spec):
    """What races: the explored loader, with one argument at several values.

    Attributes:
        vary: The argument.
        workers: Its values if it is `num_workers`; of all others there are few.
        step: What the main process does with each batch: nothing, wait as if for an
            accelerator, or compute.
        step_ms: For so long.
        seconds: Each loader runs for so long in each round.
    """

    exploration: Exploration = Exploration()
    vary: Vary = "num_workers"
    workers: tuple[int, ...] = Field((0, 1, 2, 4), title="num_workers")
    step: Feed = "none"
    step_ms: float = Field(5.0, gt=0, le=1000, title="milliseconds of a step")
    seconds: float = Field(0.8, ge=0.1, le=5, title="seconds")
    rounds: int = Field(3, ge=1, le=9, title="rounds")

    @field_validator("workers")
    @classmethod
    def _some(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value or not all(0 <= one <= most_workers() for one in value):
            raise as_pydantic(Problem("race.workers", {"most": most_workers()}, "workers"))
        return tuple(sorted(set(value)))

    def entrants(self) -> list[tuple[str, LoaderArguments]]:
        """The name of each loader that races, and its arguments."""
        loader = self.exploration.loader
        if self.vary == "num_workers":
            values: tuple[Any, ...] = self.workers
        else:
            values = _VALUES[self.vary]
            loader = _with(loader, num_workers=max(loader.num_workers, 1))
        return [(str(value), _with(loader, **{self.vary: value})) for value in values]


def _with(loader: LoaderArguments, **values: Any) -> LoaderArguments:
    if values.get("num_workers") == 0:
        values |= _OF_WORKERS
    return LoaderArguments.model_validate({**loader.model_dump(), **values})


def parse(raw: Mapping[str, Any]) -> Race:
    """The race of a plain mapping.

    Raises:
        SpecError: With one problem for each field that is wrong.
    """
    try:
        return Race.model_validate(raw)
    except ValidationError as error:
        raise SpecError(problems_of(error, Race)) from None


# --- what came of it ---------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """A part of what a process did.

    Attributes:
        lane: -1 for the main process, else the worker's id.
        part: "start", "draw", "wait", "receive", "fetch", "collate", "send", "rest", "step" or
            "stop".
        begin: In seconds since `iter(loader)` was called.
        batch: That it was for, in the order of drawing; -1 for none.
        beside: Whether it is a thread's, while the process does something else too.
    """

    lane: int
    part: str
    begin: float
    end: float
    batch: int = -1
    beside: bool = False


@dataclass(frozen=True)
class Lap:
    """One loader in one round; seconds, and medians over the batches where it says "a batch".

    Attributes:
        rate: Samples a second once it runs, without its start.
        start: From `iter(loader)` to the first batch.
        again: The same for the second epoch.
        epoch: A whole epoch with its start, and as measured; 0 if the time was too short for one.
        share: Of each step that training waited for data, together.
        sample: To make one sample.
        collate: To collate a batch.
        making: To make a batch, of its samples and of collating.
        transfer: To get a batch from a worker, from pickling to having it; 0 without workers.
        batches: How many were seen, and
        late: how many of them came after one that was drawn later.
        samples: In a batch.
    """

    rate: float
    start: float
    again: float
    epoch: float
    share: float
    sample: float
    collate: float
    making: float
    transfer: float
    batches: int
    late: int
    samples: float


@dataclass(frozen=True)
class Entrant:
    """One loader of a race.

    Attributes:
        name: The value of the argument that varies.
        workers: Of it.
        laps: One a round.
        spans: What each process did in the first epoch of the lap with the median rate.
        steps: Seconds waited for data and of the whole step, of the same epoch's steps.
        ticks: The lane and the second in which a sample was there, of its first batches.
    """

    name: str
    workers: int
    laps: tuple[Lap, ...]
    spans: tuple[Span, ...] = ()
    steps: tuple[tuple[float, float], ...] = ()
    ticks: tuple[tuple[int, float], ...] = ()

    def median(self, figure: str) -> float:
        """The median over the laps of one of their figures."""
        return statistics.median(getattr(lap, figure) for lap in self.laps)

    def spread(self, figure: str) -> tuple[float, float]:
        """The least and the greatest over the laps."""
        found = [getattr(lap, figure) for lap in self.laps]
        return min(found), max(found)


@dataclass(frozen=True)
class Outcome:
    """What a race came to.

    Attributes:
        total: Samples of a whole epoch; 0 where the data set does not say.
        rounds: That were run, fewer than wanted where time was up.
    """

    race: Race
    entrants: tuple[Entrant, ...]
    cores: int
    total: int
    rounds: int


def as_json(outcome: Outcome) -> dict[str, Any]:
    """As JSON can say it."""
    return {
        "race": outcome.race.model_dump(mode="json"),
        "entrants": [
            {
                "name": one.name, "workers": one.workers,
                "laps": [asdict(lap) for lap in one.laps],
                "spans": [list(asdict(span).values()) for span in one.spans],
                "steps": [list(step) for step in one.steps],
                "ticks": [list(tick) for tick in one.ticks],
            }
            for one in outcome.entrants
        ],
        "cores": outcome.cores, "total": outcome.total, "rounds": outcome.rounds,
    }


def from_json(answer: Mapping[str, Any]) -> Outcome:
    """The outcome that `as_json` made a mapping of."""
    return Outcome(
        parse(answer["race"]),
        tuple(
            Entrant(
                one["name"], one["workers"], tuple(Lap(**lap) for lap in one["laps"]),
                tuple(Span(*span) for span in one["spans"]),
                tuple((waited, whole) for waited, whole in one["steps"]),
                tuple((lane, moment) for lane, moment in one["ticks"]),
            )
            for one in answer["entrants"]
        ),
        answer["cores"], answer["total"], answer["rounds"],
    )
