"""How runs are compared, as one small value: what a link holds and every drawing is made from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

from core.evaluation.chart_points import AXES
from core.messages import ThawError

MOST_RUNS = 50
MOST_PANELS = 4
MOST_SMOOTHING = 0.99
Cost = Literal["seconds", "params"]
_PANEL = re.compile(r"[\w.]{1,60}")
_RUN = re.compile(r"[^/\\,]{1,200}")


@dataclass(frozen=True)
class CompareView:
    """What is compared, and how it is drawn.

    Attributes:
        runs: Ids.
        x: One of `AXES`.
        y: What is drawn, a panel each: a name such as "loss" is what was recorded after each
            epoch, "step.loss" what was recorded at steps.
        smooth: Weight of the past in what was recorded at steps (`chart_points.smoothed`).
        smooth_epochs: Likewise of what was recorded after epochs.
        log: The panels with a logarithmic scale.
        outliers: Whether the axes hold all values.
        training: Whether the training's own values stand beside the validation's.
        seeds: Whether runs that differ in their seed alone are one line.
        cost: What the picture beside the accuracy is over.
    """

    runs: tuple[str, ...] = ()
    x: str = "epoch"
    y: tuple[str, ...] = ("accuracy", "loss")
    smooth: float = 0.9
    smooth_epochs: float = 0.0
    log: tuple[str, ...] = ()
    outliers: bool = True
    training: bool = False
    seeds: bool = False
    cost: Cost = "seconds"


DEFAULT = CompareView()


def to_query(view: CompareView) -> dict[str, str]:
    """The view for the address of a page: its runs, and what is not the default."""
    return {
        field.name: _text(value) for field in fields(view)
        if (value := getattr(view, field.name)) != getattr(DEFAULT, field.name)
    }


def from_query(query: Mapping[str, str]) -> CompareView:
    """The view of `to_query`'s text; other names in the address are nobody's here.

    Raises:
        ThawError: If a value is none that a view can have.
    """
    found = {}
    for field in fields(CompareView):
        if (text := query.get(field.name)) is not None:
            found[field.name] = _READ[field.name](field.name, text)
    return CompareView(**found)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return str(int(value)) if isinstance(value, bool) else str(value)


def _names(pattern: re.Pattern, most: int, *, none: bool = False):
    def read(name: str, text: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(part for part in text.split(",") if part))
        if not found and not none or len(found) > most:
            raise _bad(name, text, f"it names {'' if none else '1 '}to {most}, by commas")
        if odd := next((one for one in found if not pattern.fullmatch(one)), None):
            raise _bad(name, odd, "that is no name")
        return found

    return read


def _one_of(*allowed: str):
    def read(name: str, text: str) -> str:
        if text not in allowed:
            raise _bad(name, text, f"it is one of {', '.join(allowed)}")
        return text

    return read


def _weight(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= MOST_SMOOTHING:
        raise _bad(name, text, f"it is a number from 0 to {MOST_SMOOTHING}")
    return value


def _flag(name: str, text: str) -> bool:
    return _one_of("0", "1")(name, text) == "1"


def _bad(name: str, value: str, what: str) -> ThawError:
    return ThawError("compare.bad_link", name=name, value=value[:60], what=what)


_READ = {
    "runs": _names(_RUN, MOST_RUNS), "x": _one_of(*AXES),
    "y": _names(_PANEL, MOST_PANELS, none=True), "smooth": _weight, "smooth_epochs": _weight,
    "log": _names(_PANEL, MOST_PANELS, none=True),
    "outliers": _flag, "training": _flag, "seeds": _flag, "cost": _one_of(*get_args(Cost)),
}
