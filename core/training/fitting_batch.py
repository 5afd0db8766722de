"""The largest batch size that fits into the memory, found by real steps; needs no torch itself.

Each size is tried in a process of its own (`fitting_batch_try`), which begins with clean memory
and takes what it held with it. Halving finds one that fits, bisecting goes up from there.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from core import portable
from core.messages import Problem, ThawError
from core.recipe import Recipe, with_value
from core.training import measuring
from core.training.measuring import forget

__all__ = ["Fitting", "Search", "Try", "forget", "largest", "look", "start"]

LIMIT_SECONDS = 1500.0  # of the whole search
_TRY_SECONDS = 300.0
_FINENESS = 16  # steps of bisecting are of so many parts of the size that was asked for
_MOST_PARTS = 1024
_PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Try:
    """One size that was tried.

    Attributes:
        parts: In which each batch was computed, one after another.
    """

    batch_size: int
    parts: int
    fits: bool


@dataclass(frozen=True)
class Fitting:
    """What fits.

    Attributes:
        asked: The batch size that the recipe asks for.
        batch_size: The largest that fits, exact to a sixteenth of what was asked for.
        parts: In how many parts the size that was asked for fits; None where no number does.
        tries: In their order.
    """

    asked: int
    batch_size: int
    parts: int | None
    tries: tuple[Try, ...]


@dataclass(frozen=True)
class Search:
    """How far the search is.

    Attributes:
        phase: "starting", "trying", "parts" (of the size that was asked for) or "done".
        now: The size, or the number of parts, that is being tried.
    """

    phase: Literal["starting", "trying", "parts", "done"]
    now: int = 0
    answer: Fitting | None = None
    problem: Problem | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing more will come."""
        return self.phase == "done"


def start(recipe: Recipe) -> Path:
    """Begins to search, detached from this process; returns the folder to `look` into.

    Raises:
        ThawError: If a run is training, or something is being measured already.
    """
    return measuring.start(recipe, "fitting_batch", "core.training.fitting_batch")


def look(place: Path) -> Search:
    """How far a search is; well under a millisecond."""
    found = measuring.look(place)
    if found.answer:
        raw = found.answer["fitting_batch"]
        tries = tuple(Try(**one) for one in raw["tries"])
        return Search("done", answer=Fitting(**{**raw, "tries": tries}))
    phase, _, now = found.phase.partition(" ")
    return Search(phase, int(now or 0), problem=found.problem)


def largest(asked: int, fits: Callable[[int], bool]) -> int:
    """The largest size that fits, to a sixteenth of what is asked for; 0 if not even 1 does.

    Args:
        fits: Whether a size does; what is smaller than one that fits is taken to fit too.
    """
    if fits(asked):
        return asked
    too_big, size = asked, asked // 2
    while size and not fits(size):
        too_big, size = size, size // 2
    fineness = max(asked // _FINENESS, 1)
    while size and too_big - size > fineness:
        between = (size + too_big) // 2 // fineness * fineness
        between = between if between > size else (size + too_big) // 2
        if fits(between):
            size = between
        else:
            too_big = between
    return size


def parts_for(asked: int, fitting: int, parts: int) -> int:
    """The least number of parts whose size is no larger than that of a batch that fits.

    One that divides the batch evenly is taken where it is not twice as many.

    Args:
        fitting: Batch size that fits in `parts` parts.
    """
    at_once = -(-fitting // parts)
    least = -(-asked // at_once)
    even = next((many for many in range(least, 2 * least) if asked % many == 0), least)
    return min(even, _MOST_PARTS)


# --- in the process ----------------------------------------------------------------------


def search(recipe: Recipe, place: Path, say: measuring.Say) -> Fitting:
    """Tries sizes until the largest that fits is known, then parts of the one asked for.

    Raises:
        ThawError: If not even one image fits, or a try ends for another reason than memory.
    """
    asked, parts = recipe.loader.batch_size, recipe.train.accumulate
    tries: list[Try] = []

    def fits(size: int, parts: int) -> bool:
        smaller = with_value(recipe, "loader.batch_size", size)
        found = _tried(with_value(smaller, "train.accumulate", parts), place / f"{len(tries)}")
        tries.append(Try(size, parts, found))
        return found

    def fits_at(size: int) -> bool:
        say(f"trying {size}")
        return fits(size, min(parts, size))

    found = largest(asked, fits_at)
    if not found:
        raise ThawError("training.nothing_fits")
    if found == asked:
        return Fitting(asked, found, parts, tuple(tries))
    many = parts_for(asked, found, min(parts, found))
    say(f"parts {many}")
    return Fitting(asked, found, many if fits(asked, many) else None, tuple(tries))


def _tried(recipe: Recipe, place: Path) -> bool:
    """Whether a recipe's steps fit, by a process that makes some."""
    place.mkdir(parents=True)
    portable.write_atomic(place / "recipe.json", recipe.to_json().encode())
    log = place / "log"
    command = [sys.executable, "-u", "-m", "core.training.fitting_batch_try", str(place)]
    try:
        with open(log, "wb") as file:
            code = subprocess.run(
                command, cwd=_PROJECT, stdin=subprocess.DEVNULL, stdout=file,
                stderr=subprocess.STDOUT, timeout=_TRY_SECONDS, check=False,
            ).returncode
    except subprocess.TimeoutExpired:
        raise ThawError("timing.too_slow", seconds=round(_TRY_SECONDS)) from None
    answer = portable.read_json(place / "answer.json")
    if answer is None and code < 0:
        return False  # ended by a signal: libraries that get no memory abort, the system kills
    if answer is None:
        lines = log.read_text(errors="replace").strip().splitlines()
        raise ThawError("timing.ended_said", said=lines[-1][:300] if lines else f"code {code}")
    if problem := answer.get("problem"):
        raise ThawError(problem["id"], **problem["values"])
    return answer["fits"]


def _measure(recipe: Recipe, place: Path, say: measuring.Say) -> measuring.Answer:
    return {"fitting_batch": asdict(search(recipe, place, say))}


if __name__ == "__main__":
    measuring.answer(Path(sys.argv[1]), _measure, LIMIT_SECONDS)
