"""Both sides of a classic, run side by side in other processes; no torch is imported here."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from core.data.child import Children
from core.data.lab import table
from core.data.lab.program import Side, program_of
from core.messages import Problem, ThawError

SECONDS = 60.0  # two spawned workers of a busy machine import torch in that


@dataclass(frozen=True)
class Outcome:
    """What came of one side.

    Attributes:
        code: The program that ran.
        printed: By it and its workers.
        right: Whether what came is what was meant, as the program itself says; None if it raised
            or did not end.
        type: Of the exception; "" if there was none.
        text: Of the exception.
        line: Of the program, at which it was raised.
        seconds: That it took.
        problem: Why there is no outcome, if there is none.
    """

    code: str
    printed: str = ""
    right: bool | None = None
    type: str = ""
    text: str = ""
    line: str = ""
    seconds: float = 0.0
    problem: Problem | None = None


@dataclass(frozen=True)
class Comparison:
    """A classic and its repair, run with the same values."""

    broken: Outcome
    repaired: Outcome


def compare(children: Children, name: str, values: Mapping[str, Any]) -> Comparison:
    """Runs both programs of a classic.

    Raises:
        ThawError: If there is no such classic, or it can't be tried with these values.
    """
    table.check(table.find_classic(name), values)
    sides: tuple[Side, Side] = ("broken", "repaired")
    # Not in the threads: Python 3.11 counts the depth of what `ast` builds for all of them as one.
    codes = [program_of(name, side, values) for side in sides]
    with ThreadPoolExecutor(2) as pool:
        broken, repaired = pool.map(
            lambda side, code: _run(children, name, side, values, code), sides, codes
        )
    return Comparison(broken, repaired)


def _run(
    children: Children, name: str, side: Side, values: Mapping[str, Any], code: str
) -> Outcome:
    asked = {"classic": name, "side": side, "values": dict(values)}
    try:
        found = children.run("lab", asked, seconds=SECONDS)
    except ThawError as error:
        return Outcome(code, problem=error.problem)
    right = found.pop("returned")
    return Outcome(code, right=right, **found)
