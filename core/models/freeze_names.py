"""The names that a freeze plan may have: modules, parameters, and patterns over both.

`layer3` is a module and all in it, `layer3.0.bn1.bias` a parameter. `layer3.*`, `*.bn2` and
`*bias` are patterns (`*` is any text, dots too, `?` one character), and so is
`type:BatchNorm2d`, for classes of modules. A pattern stands for the outermost modules and
parameters that it matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Protocol

from core.messages import Problem, ThawError
from core.recipe import FreezePlan

TYPE = "type:"
_NEAR = 3  # names that an error offers


class RowLike(Protocol):
    """A module of a model, in registration order, the model itself (name "") first."""

    @property
    def name(self) -> str:
        """Dotted name in the model."""

    @property
    def type(self) -> str:
        """Name of its class."""

    @property
    def params(self) -> int:
        """Parameters of the module itself, without those of modules in it."""

    @property
    def own(self) -> tuple[tuple[str, int], ...]:
        """The same one by one: name within the module, and size."""


@dataclass(frozen=True)
class PlainRow:
    """A row with what freezing has to know, and no more."""

    name: str
    type: str
    own: tuple[tuple[str, int], ...]

    @property
    def params(self) -> int:
        """Their sum."""
        return sum(size for _, size in self.own)


# --- names and what lies in them -----------------------------------------------------------


def within(name: str, ancestor: str) -> bool:
    """Whether a module or parameter is the other one or lies in it."""
    return ancestor == "" or name == ancestor or name.startswith(ancestor + ".")


def lineage(name: str) -> list[str]:
    """The module's name and those of all that hold it, the model's own "" included."""
    parts = name.split(".") if name else []
    return ["", *(".".join(parts[: i + 1]) for i in range(len(parts)))]


def joined(module: str, parameter: str) -> str:
    """The name of a module's parameter in the whole model."""
    return f"{module}.{parameter}" if module else parameter


def parameters_of(rows: Iterable[RowLike]) -> Iterator[tuple[str, int]]:
    """Every parameter of the model with its size."""
    for row in rows:
        for name, size in row.own:
            yield joined(row.name, name), size


def known_names(rows: Sequence[RowLike]) -> dict[str, str]:
    """What a plan may name, depth first: modules with parameters, by class, and parameters, ""."""
    holders: set[str] = set()
    for row in rows:
        if row.own:
            holders.update(lineage(row.name))
    known: dict[str, str] = {}
    for row in rows:
        if row.name in holders:
            known[row.name] = row.type
            known.update((joined(row.name, name), "") for name, _ in row.own)
    return known


# --- patterns ------------------------------------------------------------------------------


def is_pattern(name: str) -> bool:
    """Whether it stands for names that it matches, rather than for itself."""
    return "*" in name or "?" in name or name.startswith(TYPE)


def matching(pattern: str, rows: Sequence[RowLike]) -> tuple[str, ...]:
    """The outermost modules and parameters that a pattern matches, in the model's order."""
    by_type = pattern.startswith(TYPE)
    wanted = _expression(pattern.removeprefix(TYPE))
    found: list[str] = []
    for name, type in known_names(rows).items():
        if found and within(name, found[-1]):
            continue
        if wanted.fullmatch(type if by_type else name) and (type if by_type else name):
            found.append(name)
    return tuple(found)


def spelled_out(plan: FreezePlan, rows: Sequence[RowLike]) -> Mapping[str, bool]:
    """The plan's exceptions with what each pattern stands for in its place.

    Where two say something of the same name, the name itself counts before a pattern, and a
    pattern with more letters of its own before one with fewer.
    """
    told: dict[str, bool] = {}
    patterns = [pair for pair in plan.exceptions if is_pattern(pair[0])]
    for pattern, value in sorted(patterns, key=lambda pair: (_letters(pair[0]), pair[0])):
        told.update(dict.fromkeys(matching(pattern, rows), value))
    told.update(pair for pair in plan.exceptions if not is_pattern(pair[0]))
    return told


def _letters(pattern: str) -> int:
    return len(pattern) - pattern.count("*") - pattern.count("?")


def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(char, re.escape(char))
                              for char in pattern))


# --- names that the model does not have ----------------------------------------------------


def unknown_names(
    plan: FreezePlan, rows: Sequence[RowLike], head: Sequence[str]
) -> tuple[Problem, ...]:
    """For each name in the plan that means nothing in the model: what it is, and what is near."""
    rows = without_wrapping(rows, head)
    known = known_names(rows)
    found = []
    for given, _ in plan.exceptions:
        name = unwrapped(given, head)
        if is_pattern(name):
            if not matching(name, rows):
                found.append(Problem("models.pattern_matches_nothing",
                                     {"pattern": given, "near": _near(name, known)}))
        elif name not in known:
            found.append(Problem("models.no_such_layer",
                                 {"layer": given, "near": _near(name, known)}))
    return tuple(found)


def check_names(plan: FreezePlan, rows: Sequence[RowLike], head: Sequence[str]) -> None:
    """Refuses a plan that names what the model does not have: it would silently do nothing.

    Raises:
        ThawError: For the first of such names.
    """
    for problem in unknown_names(plan, rows, head):
        raise ThawError(problem.id, **problem.values)


def _near(name: str, known: Mapping[str, str]) -> str:
    if name.startswith(TYPE):
        types = dict.fromkeys(type for type in known.values() if type)
        near = get_close_matches(name.removeprefix(TYPE), types, _NEAR, 0.5) or list(types)[:_NEAR]
        return ", ".join(TYPE + type for type in near)
    asked = re.sub(r"[*?]+", "", name).strip(".")
    near = get_close_matches(asked, known, _NEAR, 0.5)
    if not near:  # by the last part alone, as bn9 is near layer1.0.bn1
        lasts = {own.rpartition(".")[2]: own for own in reversed(known) if own}
        near = [lasts[last] for last in
                get_close_matches(asked.rpartition(".")[2], lasts, _NEAR, 0.5)]
    return ", ".join(near or [own for own in known if own and "." not in own][-_NEAR:])


# --- a head that a new dropout wraps -------------------------------------------------------
# `replace_head` puts Sequential(Dropout, Linear) where the model has no dropout of its own: the
# layer is then fc.1, and a plan that says fc.bias means fc.1.bias.


def unwrapped(name: str, head: Sequence[str]) -> str:
    """The name as it is without a dropout around the last layer."""
    for path in head:
        if within(name, f"{path}.1"):
            return path + name[len(path) + 2 :]
    return name


def without_wrapping(rows: Sequence[RowLike], head: Sequence[str]) -> Sequence[RowLike]:
    """The rows as they are without a dropout around the last layer."""
    names = {row.name for row in rows}
    wrapped = [path for path in head if f"{path}.1" in names]
    if not wrapped:
        return rows
    gone = {inner for path in wrapped for inner in (path, f"{path}.0")}
    return tuple(
        replace(PlainRow(row.name, row.type, row.own), name=unwrapped(row.name, wrapped))
        for row in rows if row.name not in gone
    )
