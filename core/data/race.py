"""A race of loaders: each runs for a while, round by round, so that a busy moment hits all.

It is a job of `core.data.child`: workers of a loader must never be the app's children.
"""

import dataclasses
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from core import portable
from core.data import race_spec
from core.data.child import write_answer
from core.data.exploration import LoaderArguments
from core.data.explore import build_loader
from core.data.race_figures import figures_of
from core.data.race_lap import Epoch, run_lap
from core.data.race_parts import MAIN, spans_of
from core.data.race_spec import Entrant, Lap, Outcome, Race, Span
from core.data.samples import open_dataset
from core.data.trace import now
from core.messages import ThawError

_MOST_SECONDS = 0.8 * race_spec.RACE_SECONDS  # no round begins that may last longer
_DRAWN_BATCHES, _DRAWN_STEPS, _DRAWN_TICKS = 150, 300, 1200
_MATRIX = 96  # rows of what a computing step multiplies: some 50 µs


def answer(folder: Path, values: Mapping[str, Any]) -> None:
    """The job: `values` are a race, and the file that says how far it is."""
    race = race_spec.parse(values["race"])
    progress = Path(values["progress"])

    def say(done: int, name: str) -> None:
        portable.write_json(
            progress, {"done": done, "all": race.rounds * len(race.entrants()), "name": name}
        )

    write_answer(folder, race_spec.as_json(run(race, say)))


def run(race: Race, say: Callable[[int, str], None] = lambda done, name: None) -> Outcome:
    """Lets the loaders race; at least one round, and as many as there is time for.

    Args:
        say: Told before each lap how many are done, and who runs now.

    Raises:
        ThawError: If the data can't be had, a loader is refused or fails, or yields nothing.
    """
    wanted = race.exploration
    dataset = open_dataset(wanted.data, wanted.path, wanted.size)
    step = training_step(race)
    runs: dict[str, list[tuple[Lap, Epoch]]] = {name: [] for name, _ in race.entrants()}
    begun, longest, done, rounds = now(), 0.0, 0, 0
    while rounds < race.rounds and now() - begun + longest < _MOST_SECONDS:
        round_begun = now()
        for name, arguments in _in_turn(race, rounds):
            say(done, name)
            runs[name].append(_lap(dataset, arguments, step, race.seconds))
            done += 1
        rounds += 1
        longest = max(longest, now() - round_begun)
    entrants = tuple(
        _entrant(name, arguments, runs[name]) for name, arguments in race.entrants()
    )
    return Outcome(race, entrants, portable.cores(), _length(dataset), rounds)


def _in_turn(race: Race, number: int) -> list[tuple[str, LoaderArguments]]:
    """Each round begins with another, so that none always runs behind the same."""
    entrants = race.entrants()
    first = number % len(entrants)
    return entrants[first:] + entrants[:first]


def _lap(
    dataset: Any, arguments: LoaderArguments, step: Callable[[], None], seconds: float
) -> tuple[Lap, Epoch]:
    torch.manual_seed(arguments.seed)
    try:
        epochs = run_lap(build_loader(dataset, arguments), step, seconds)
    except ThawError:
        raise
    except Exception as error:
        last = [line.strip() for line in str(error).splitlines() if line.strip()][-1:]
        why = (last or [type(error).__name__])[0][:300]
        raise ThawError("race.failed", workers=arguments.num_workers, why=why) from None
    if not epochs[0].steps:
        raise ThawError("race.nothing")
    ahead = arguments.num_workers * (arguments.prefetch_factor or 2)
    return figures_of(epochs, ahead), epochs[0]


def _entrant(
    name: str, arguments: LoaderArguments, laps: list[tuple[Lap, Epoch]]
) -> Entrant:
    middle = statistics.median_low(lap.rate for lap, _ in laps)
    drawn = next(epoch for lap, epoch in laps if lap.rate == middle)
    steps = tuple(
        (one.received - one.asked, one.stepped - one.asked)
        for one in drawn.steps[:_DRAWN_STEPS]
    )
    ticks = [
        (MAIN if batch.worker is None else batch.worker, round(moment - drawn.begun, 7))
        for batch in (one.batch for one in drawn.steps[:_DRAWN_BATCHES])
        for moment in batch.made[1:-1]  # the last is where fetching ends
    ]
    return Entrant(
        name, arguments.num_workers, tuple(lap for lap, _ in laps), _first_spans(drawn), steps,
        tuple(ticks[:_DRAWN_TICKS]),
    )


def _first_spans(epoch: Epoch) -> tuple[Span, ...]:
    """Those of the first batches, cut off where the last of them is done."""
    steps = epoch.steps[:_DRAWN_BATCHES]
    end = steps[-1].stepped - epoch.begun
    return tuple(
        dataclasses.replace(span, begin=round(span.begin, 7), end=round(min(span.end, end), 7))
        for span in spans_of(epoch) if span.begin < end
    )


def _length(dataset: Any) -> int:
    try:
        return len(dataset)
    except TypeError:  # a stream need not know
        return 0


# --- the training step -------------------------------------------------------------------


def training_step(race: Race) -> Callable[[], None]:
    """What the main process does with each batch.

    A step that computes is a fixed amount of work, as much as takes so long while nothing else
    runs: where workers share its core it takes longer, as a real one would.
    """
    seconds = race.step_ms / 1000
    if race.step == "none":
        return lambda: None
    if race.step == "sleep":
        return lambda: time.sleep(seconds)
    matrix = torch.rand(_MATRIX, _MATRIX)
    count = max(1, round(seconds / _seconds_of_product(matrix)))

    def compute() -> None:
        for _ in range(count):
            torch.mm(matrix, matrix)

    return compute


def _seconds_of_product(matrix: torch.Tensor) -> float:
    """The least of some tries: what another process took away does not count."""
    found = []
    for _ in range(20):
        begun = now()
        for _ in range(10):
            torch.mm(matrix, matrix)
        found.append((now() - begun) / 10)
    return min(found)
