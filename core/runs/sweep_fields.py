"""Which fields of a recipe a sweep can vary, and the values that a person types for one.

Values are a list ("0.1, 0.01, 0.001", or "0,1; 0,01") or a range ("0.0001…0.1 log 4", "1…5",
"0…0.4 5"). What is no number where one is wanted stays the text that it is: the recipe says what
is wrong with it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import isfinite
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from core.messages import ThawError
from core.recipe import Recipe

Kind = Literal["whole", "number", "choice", "switch", "name"]
Value = bool | int | float | str | None

SEEDS = ("train.seed", "split.seed")  # runs that differ in nothing else are repetitions
MOST_VALUES = 20

# They change nothing that a run measures, or belong to another field (a folder to its data set).
_LEFT_OUT = ("checkpoints", "loggers", "data.path")
_KINDS: dict[type, Kind] = {bool: "switch", int: "whole", float: "number", str: "name"}
_SWITCH = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
_NONE = ("none", "empty", "all")  # how a person says that a field has no value
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PLAIN = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"  # before dots that are no part of it
_RANGE = re.compile(
    rf"({_PLAIN})\s*(?:…|\.\.\.?)\s*({_NUMBER})(?:\s+(log|lin(?:ear)?))?(?:\s+(\d+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SweepField:
    """A field of the recipe that takes plain values.

    Attributes:
        name: Dotted, such as `"optimizer.lr"`.
        title: What a sentence calls it.
        choices: Of kind "choice", in their order.
        optional: Whether None is a value of it.
    """

    name: str
    title: str
    kind: Kind
    choices: tuple[str, ...] = ()
    optional: bool = False


@cache
def fields() -> dict[str, SweepField]:
    """Every field that a sweep can vary, by its dotted name, in the recipe's order."""
    found = {}
    for part, info in Recipe.model_fields.items():
        if not (isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)):
            continue
        for last, own in info.annotation.model_fields.items():
            name, described = f"{part}.{last}", _kind_of(own.annotation)
            if described and part not in _LEFT_OUT and name not in _LEFT_OUT:
                found[name] = SweepField(name, own.title or last, *described)
    return found


def find(name: str) -> SweepField:
    """The field of a dotted name.

    Raises:
        ThawError: If the recipe has no such field, or it takes no plain values.
    """
    if name not in fields():
        raise ThawError("sweep.unknown_field", field=name)
    return fields()[name]


def read(field: SweepField, text: str) -> tuple[Value, ...]:
    """The values that a person typed.

    Raises:
        ThawError: If it is a range that can't be told.
    """
    text = text.strip()
    if field.kind in ("whole", "number") and ("…" in text or ".." in text):
        return _range(field, text)
    # Between semicolons a comma is that of a number, as half of Europe writes it: "0,1; 0,01".
    parts = text.replace(",", ".").split(";") if ";" in text else text.split(",")
    return as_values(field, [one for part in parts if (one := part.strip())])


def as_values(field: SweepField, given: Iterable[object]) -> tuple[Value, ...]:
    """Each value in the type that the recipe has for it, where it is one of that type."""
    return tuple(_value(field, one) for one in given)


def words(value: Value) -> str:
    """A value as a person writes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.12g}".replace("e-0", "e-").replace("e+0", "e")
    return "none" if value is None else str(value)


def _kind_of(annotation: Any) -> tuple[Kind, tuple[str, ...], bool] | None:
    """Kind, choices and whether None is allowed; None for what takes no plain values."""
    optional = NoneType in get_args(annotation)
    if optional:
        (annotation,) = (one for one in get_args(annotation) if one is not NoneType)
    if get_origin(annotation) is Literal:
        return "choice", get_args(annotation), optional
    return (_KINDS[annotation], (), optional) if annotation in _KINDS else None


def _value(field: SweepField, given: object) -> Value:
    text = str(given).strip()
    if given is None or (field.optional and text.lower() in _NONE):
        return None
    if field.kind == "switch":
        return _SWITCH.get(text.lower(), text)
    if field.kind in ("whole", "number") and re.fullmatch(_NUMBER, text):
        number = float(text)
        if field.kind == "number":
            return number
        return int(number) if number.is_integer() else text
    return text


def _range(field: SweepField, text: str) -> tuple[Value, ...]:
    found = _RANGE.fullmatch(text)
    if not found:
        raise ThawError("sweep.bad_range", title=field.title, given=text[:60])
    first, last, spacing = float(found[1]), float(found[2]), (found[3] or "lin").lower()
    if not isfinite(last - first):
        raise ThawError("sweep.bad_range", title=field.title, given=text[:60])
    if found[4]:
        count = int(found[4])
    elif field.kind == "whole" and spacing != "log":
        count = round(abs(last - first)) + 1  # each of them
    else:
        raise ThawError("sweep.range_without_count", title=field.title, given=text[:60])
    if not 2 <= count <= MOST_VALUES:
        raise ThawError("sweep.bad_count", title=field.title, most=MOST_VALUES, count=count)
    if spacing == "log" and min(first, last) <= 0:
        raise ThawError("sweep.log_of_nothing", title=field.title, given=text[:60])
    shares = [place / (count - 1) for place in range(count)]
    numbers = [
        first * (last / first) ** share if spacing == "log" else first + (last - first) * share
        for share in shares
    ]
    if not all(map(isfinite, numbers)):  # a quotient that no number can hold
        raise ThawError("sweep.bad_range", title=field.title, given=text[:60])
    if field.kind == "whole":
        return tuple(round(number) for number in numbers)
    # 0.001 is meant, not the 0.0010000000000000002 of a root; the ends are as they were typed.
    digits = 3 if spacing == "log" else 6
    between = (float(f"{number:.{digits}g}") for number in numbers[1:-1])
    return (first, *between, last)
