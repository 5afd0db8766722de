"""What trains and what stays as it is: as data over a model's rows, and done to a model.

A plan is a preset and exceptions to it. The functions over rows need no model: rows are
those of a summary, or anything else with a name and a number of own parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from core.recipe import FreezePlan

if TYPE_CHECKING:
    from torch import nn

TreeState = Literal["on", "off", "mixed"]

# A child that holds this share of the backbone is a container of stages, not a stage.
_CONTAINER_SHARE = 0.9
# A last stage smaller than this share (a closing normalisation) counts with the one before.
_CLOSING_SHARE = 0.005


class RowLike(Protocol):
    """A module of a model, in registration order, the model itself (name "") first."""

    @property
    def name(self) -> str:
        """Dotted name in the model."""

    @property
    def params(self) -> int:
        """Parameters of the module itself, without those of modules in it."""


@dataclass(frozen=True)
class FreezeCounts:
    """How much of a model trains under a plan.

    Attributes:
        trainable: Parameters that train.
        frozen: Parameters that stay.
        trainable_layers: Modules with parameters of their own that train.
        frozen_layers: Modules with parameters of their own that stay.
    """

    trainable: int
    frozen: int
    trainable_layers: int
    frozen_layers: int


# --- over rows ---------------------------------------------------------------------------


def trains(
    plan: FreezePlan, name: str, head: Sequence[str], last_stage: Sequence[str]
) -> bool:
    """Whether a module's own parameters train: the longest exception decides, else the preset.

    Args:
        plan: The preset and its exceptions.
        name: The module.
        head: Names of the last layers.
        last_stage: What `last_stage` gives.
    """
    best, answer = -1, _by_preset(plan, name, head, last_stage)
    for exception, value in plan.exceptions:
        if len(exception) > best and _within(name, exception):
            best, answer = len(exception), value
    return answer


def stages(rows: Iterable[RowLike]) -> tuple[str, ...]:
    """Names of the stages in order: top-level children with parameters, the head's included.

    Where one child holds nearly all of the backbone (`features` in mobilenet), its own
    children stand in its place.
    """
    totals = _totals(rows)
    names = _children(totals, "")
    backbone = names[:-1]  # in every model of torchvision the last one holds the head
    while backbone:
        whole = sum(totals[name] for name in backbone)
        large = [name for name in backbone if totals[name] >= _CONTAINER_SHARE * whole]
        inner = _children(totals, large[0]) if large else []
        if not inner:
            break
        place = backbone.index(large[0])
        backbone[place : place + 1] = inner
    return tuple(backbone + names[-1:])


def last_stage(rows: Sequence[RowLike], head: Sequence[str]) -> tuple[str, ...]:
    """The last stage of the backbone and all behind it: what the preset of that name trains."""
    totals = _totals(rows)
    names = list(stages(rows))
    backbone = [name for name in names if not any(_within(path, name) for path in head)]
    if not backbone:
        return tuple(names)
    whole = sum(totals[name] for name in backbone)
    place = len(backbone) - 1
    while place and totals[backbone[place]] < _CLOSING_SHARE * whole:
        place -= 1
    return tuple(names[names.index(backbone[place]) :])


def tree_states(
    rows: Sequence[RowLike], plan: FreezePlan, head: Sequence[str]
) -> dict[str, TreeState]:
    """For each module with parameters in or below it: all of them train, none, or some."""
    last = last_stage(rows, head)
    seen: dict[str, set[bool]] = {}
    for row in rows:
        if row.params:
            value = trains(plan, row.name, head, last)
            for name in lineage(row.name):
                seen.setdefault(name, set()).add(value)
    words: dict[frozenset[bool], TreeState] = {
        frozenset([True]): "on", frozenset([False]): "off", frozenset([True, False]): "mixed",
    }
    return {row.name: words[frozenset(seen[row.name])] for row in rows if row.name in seen}


def counts(rows: Sequence[RowLike], plan: FreezePlan, head: Sequence[str]) -> FreezeCounts:
    """How many parameters and layers train under a plan, and how many do not."""
    last = last_stage(rows, head)
    own = [(row.params, trains(plan, row.name, head, last)) for row in rows if row.params]
    return FreezeCounts(
        trainable=sum(params for params, on in own if on),
        frozen=sum(params for params, on in own if not on),
        trainable_layers=sum(on for _, on in own),
        frozen_layers=sum(not on for _, on in own),
    )


def set_trains(
    plan: FreezePlan, rows: Sequence[RowLike], head: Sequence[str], name: str, value: bool
) -> FreezePlan:
    """The plan after a module was switched: all parameters in it train, or none does.

    Exceptions at and below the module go; one is added only where the rest of the plan does
    not say the same already.
    """
    kept = tuple(pair for pair in plan.exceptions if not _within(pair[0], name))
    changed = plan.model_copy(update={"exceptions": kept})
    last = last_stage(rows, head)
    below = [row.name for row in rows if row.params and _within(row.name, name)]
    if all(trains(changed, own, head, last) == value for own in below):
        return changed
    return FreezePlan(preset=plan.preset, exceptions=(*kept, (name, value)))


def _by_preset(
    plan: FreezePlan, name: str, head: Sequence[str], last_stage: Sequence[str]
) -> bool:
    if plan.preset in ("all", "from_scratch"):
        return True
    on = [*head, *last_stage] if plan.preset == "last_stage" else head
    return any(_within(name, path) for path in on)


def _within(name: str, ancestor: str) -> bool:
    return ancestor == "" or name == ancestor or name.startswith(ancestor + ".")


def lineage(name: str) -> list[str]:
    """The module's name and those of all that hold it, the model's own "" included."""
    parts = name.split(".") if name else []
    return ["", *(".".join(parts[: i + 1]) for i in range(len(parts)))]


def _totals(rows: Iterable[RowLike]) -> dict[str, int]:
    """Parameters in and below each module, for those that have any, in the rows' order."""
    totals: dict[str, int] = {}
    for row in rows:
        totals.setdefault(row.name, 0)
        if row.params:
            for name in lineage(row.name):
                totals[name] = totals.get(name, 0) + row.params
    return {name: total for name, total in totals.items() if total}


def _children(totals: dict[str, int], parent: str) -> list[str]:
    depth = parent.count(".") + 1 if parent else 0
    return [
        name for name in totals
        if name and name != parent and _within(name, parent) and name.count(".") == depth
    ]


# --- over a model ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Own:
    name: str
    params: int


def rows_of(model: nn.Module) -> tuple[RowLike, ...]:
    """The rows of a model that is built: name and own parameters of each module."""
    return tuple(
        _Own(name, sum(p.numel() for p in module.parameters(recurse=False)))
        for name, module in model.named_modules()
    )


def apply_freeze(model: nn.Module, plan: FreezePlan, head: Sequence[str]) -> None:
    """Sets `requires_grad` of every parameter as the plan says. Changes the model in place."""
    last = last_stage(rows_of(model), head)
    for name, module in model.named_modules():
        value = trains(plan, name, head, last)
        for parameter in module.parameters(recurse=False):
            parameter.requires_grad_(value)


def train_mode(model: nn.Module) -> None:
    """`model.train()`, but frozen parts stay in `eval()`: call it in place of that, each epoch.

    Then the statistics of a frozen BatchNorm and the masks of a frozen part's Dropout do not
    move. A module without parameters (Dropout, stochastic depth) goes with what it feeds: the
    next sibling that has some, else the one before, else its parent. Changes the model in place.
    """
    model.train()
    if _some_train(model) is False:
        model.eval()
    else:
        _settle(model)


def _settle(module: nn.Module) -> None:
    """Puts the frozen parts of a module that trains, as a whole, into `eval()`."""
    children = list(module.children())
    states = [_some_train(child) for child in children]
    for place, child in enumerate(children):
        known = (s for s in states[place:] + states[:place][::-1] if s is not None)
        if next(known, True):
            if states[place]:
                _settle(child)
        else:
            child.eval()


def _some_train(module: nn.Module) -> bool | None:
    """Whether any parameter in a module trains; None if it has none."""
    flags = [parameter.requires_grad for parameter in module.parameters()]
    return any(flags) if flags else None
