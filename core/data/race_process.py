"""A race in the background of the app: one at a time, for two would measure each other.

A thread waits for the job; the page asks how far it is as often as it is drawn. When nobody has
asked for some seconds (another page, a closed browser) the race ends, and its workers with it.
"""

import itertools
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import Any, Protocol

from core import places, portable
from core.data import race_spec
from core.data.race_spec import Outcome, Race
from core.messages import Problem, ThawError

UNWATCHED_SECONDS = 12.0  # a hidden tab still asks once a second
_KEPT = 8  # races that are over and may not have been asked for yet


class Runs(Protocol):
    """What runs a job: `core.data.child.Children`."""

    def run(
        self, job: str, values: Mapping[str, Any], *, seconds: float,
        cancel: threading.Event | None,
    ) -> dict[str, Any]:
        """Does it and returns its answer."""


@dataclass(frozen=True)
class Progress:
    """How far a race is.

    Attributes:
        done: Laps that were run, of `all`.
        name: Of the loader that runs now; "" before the first.
        outcome: When it is over.
        problem: Why there is none.
    """

    done: int = 0
    all: int = 0
    name: str = ""
    outcome: Outcome | None = None
    problem: Problem | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.outcome is not None or self.problem is not None


class Running:
    """A race that was begun; it is over when `look` says so."""

    def __init__(self, race: Race, children: Runs, when_over: Callable[[], None]) -> None:
        self.race = race
        self._cancel = threading.Event()
        self._looked = time.monotonic()
        self._why_ended: Problem | None = None
        self._end = Progress()
        handle, name = mkstemp(prefix="race_", dir=places.cache_root())
        os.close(handle)
        self._file = Path(name)
        self._over = threading.Event()
        self._threads = (
            threading.Thread(target=self._run, args=(children, when_over), daemon=True),
            threading.Thread(target=self._watch, daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def look(self) -> Progress:
        """How far it is; says too that somebody still wants it."""
        self._looked = time.monotonic()
        if self._over.is_set():
            return self._end
        said = portable.read_json(self._file) or {}
        return Progress(said.get("done", 0), said.get("all", 0), said.get("name", ""))

    def cancel(self) -> None:
        """Ends it, with its workers."""
        self._cancel.set()

    def _run(self, children: Runs, when_over: Callable[[], None]) -> None:
        try:
            values = {"race": self.race.model_dump(mode="json"), "progress": str(self._file)}
            answer = children.run(
                "race", values, seconds=race_spec.RACE_SECONDS, cancel=self._cancel
            )
            self._end = Progress(outcome=race_spec.from_json(answer))
        except ThawError as error:
            self._end = Progress(problem=self._why_ended or error.problem)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"[:300]
            self._end = Progress(problem=Problem("child.failed", {"why": why}))
        finally:
            self._file.unlink(missing_ok=True)
            self._over.set()
            when_over()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            if time.monotonic() > self._looked + UNWATCHED_SECONDS:
                self._why_ended = Problem("race.unwatched")
                self._cancel.set()
                return


class Course:
    """Where races are run: one after the other; safe to use from several threads."""

    def __init__(self) -> None:
        self._free = threading.Lock()
        self._numbers = itertools.count(1)
        self._races: dict[int, Running] = {}

    def begin(self, race: Race, children: Runs) -> int:
        """Begins a race; returns the number by which it is asked for.

        Raises:
            ThawError: If one is being run.
        """
        if not self._free.acquire(blocking=False):
            raise ThawError("race.busy")
        try:
            number = next(self._numbers)
            self._races = {one: race for one, race in self._races.items() if one > number - _KEPT}
            self._races[number] = Running(race, children, self._free.release)
        except BaseException:
            self._free.release()
            raise
        return number

    def look(self, number: int) -> Progress:
        """How far a race is; says too that somebody still wants it."""
        race = self._races.get(number)
        return race.look() if race else Progress(problem=Problem("race.unwatched"))

    def cancel(self, number: int) -> None:
        """Ends a race, with its workers."""
        if race := self._races.get(number):
            race.cancel()
