"""Two texts of one model, line beside line."""

import re
from dataclasses import dataclass

# `  (0): Conv2d(` of a line that names a module; what it says of itself may change.
_MODULE = re.compile(r"\s*(\([^)]*\): )?(\d+ x )?\w+\(")


@dataclass(frozen=True)
class LinePair:
    """A line before and after; None where there is none."""

    before: str | None
    after: str | None

    @property
    def changed(self) -> bool:
        """Whether the two differ."""
        return self.before != self.after


def pair_lines(before: str, after: str) -> tuple[LinePair, ...]:
    """The lines of `repr(model)` beside those of the same model with other texts in it.

    A line belongs to that of the same module. What a module that holds others says of itself is
    a line of its own, which only one of the two may have.
    """
    pairs: list[LinePair] = []
    old = before.splitlines()
    place = 0
    for line in after.splitlines():
        if place < len(old) and _key(old[place]) == _key(line):
            pairs.append(LinePair(old[place], line))
            place += 1
        else:
            pairs.append(LinePair(None, line))
    return (*pairs, *(LinePair(line, None) for line in old[place:]))


def _key(line: str) -> str:
    found = _MODULE.match(line)
    return found.group() if found else line
