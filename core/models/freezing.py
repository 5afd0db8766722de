"""What trains and what stays as it is: as data over a model's rows, and done to a model.

A plan is a preset and exceptions to it. The functions over rows need no model: rows are
those of a summary, or anything else with a name and a number of own parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.models.freeze_names import (
    PlainRow,
    RowLike,
    check_names,
    is_pattern,
    joined,
    lineage,
    matching,
    parameters_of,
    spelled_out,
    unwrapped,
    within,
    without_wrapping,
)
from core.models.stages import last_stages
from core.models.stages import stages as stages
from core.recipe import FreezePlan, FrozenModules

if TYPE_CHECKING:
    from torch import nn

TreeState = Literal["on", "off", "mixed"]


@dataclass(frozen=True)
class FreezeCounts:
    """How much of a model trains under a plan.

    Attributes:
        trainable: Parameters that train.
        frozen: Parameters that stay.
        trainable_layers: Modules with parameters of their own of which some train.
        frozen_layers: Modules with parameters of their own that all stay.
    """

    trainable: int
    frozen: int
    trainable_layers: int
    frozen_layers: int


@dataclass(frozen=True)
class Ruling:
    """What a plan says of one model.

    Attributes:
        exceptions: What each exception names, patterns spelled out, and whether it trains.
        preset: Modules that train by the preset, with all in them.
        head: Names of the last layers.
    """

    exceptions: Mapping[str, bool]
    preset: tuple[str, ...]
    head: tuple[str, ...]

    def trains(self, name: str) -> bool:
        """Whether a parameter trains: the longest exception decides, else the preset."""
        name = unwrapped(name, self.head)
        for holder in reversed(lineage(name)):
            if holder in self.exceptions:
                return self.exceptions[holder]
        return any(within(name, path) for path in self.preset)


# --- over rows ---------------------------------------------------------------------------


def ruling(plan: FreezePlan, rows: Sequence[RowLike], head: Sequence[str]) -> Ruling:
    """What the plan says of a model; names that the model lacks say nothing (`check_names`).

    Args:
        plan: The preset and its exceptions.
        rows: All modules of the model.
        head: Names of the last layers.
    """
    rows = without_wrapping(rows, head)
    exceptions = {
        unwrapped(name, head): value for name, value in spelled_out(plan, rows).items()
    }
    return Ruling(exceptions, _by_preset(plan, rows, head), tuple(head))


def _by_preset(
    plan: FreezePlan, rows: Sequence[RowLike], head: Sequence[str]
) -> tuple[str, ...]:
    if plan.preset in ("all", "from_scratch"):
        return ("",)
    if plan.preset == "linear_probe":
        return tuple(head)
    return (*head, *last_stages(rows, head, plan.stages if plan.preset == "last_stages" else 1))


def tree_states(
    rows: Sequence[RowLike], plan: FreezePlan, head: Sequence[str]
) -> dict[str, TreeState]:
    """For each module with parameters in or below it: all of them train, none, or some."""
    ruled = ruling(plan, rows, head)
    seen: dict[str, set[bool]] = {}
    for row in rows:
        values = {ruled.trains(joined(row.name, name)) for name, _ in row.own}
        if values:
            for name in lineage(row.name):
                seen.setdefault(name, set()).update(values)
    words: dict[frozenset[bool], TreeState] = {
        frozenset([True]): "on", frozenset([False]): "off", frozenset([True, False]): "mixed",
    }
    return {row.name: words[frozenset(seen[row.name])] for row in rows if row.name in seen}


def counts(rows: Sequence[RowLike], plan: FreezePlan, head: Sequence[str]) -> FreezeCounts:
    """How many parameters and layers train under a plan, and how many do not."""
    ruled = ruling(plan, rows, head)
    warm = [
        sum(size for name, size in row.own if ruled.trains(joined(row.name, name)))
        for row in rows if row.own
    ]
    layers = sum(params > 0 for params in warm)
    whole = sum(row.params for row in rows)
    return FreezeCounts(sum(warm), whole - sum(warm), layers, len(warm) - layers)


def set_trains(
    plan: FreezePlan, rows: Sequence[RowLike], head: Sequence[str], name: str, value: bool
) -> FreezePlan:
    """The plan after something was switched: all parameters in it train, or none does.

    Exceptions at and below it go; one is added only where the rest of the plan does not say the
    same already. A pattern that is contradicted only here and there is spelled out.

    Args:
        name: A module, a parameter, or a pattern.
    """
    # One name for what a dropout wraps, so that two exceptions never mean the same.
    rows, name = without_wrapping(rows, head), unwrapped(name, head)
    told = tuple((unwrapped(one, head), value) for one, value in plan.exceptions)
    plan = plan.model_copy(update={"exceptions": told})
    names = frozenset(matching(name, rows) if is_pattern(name) else (name,))
    kept = _outside(plan, names, rows, value)
    changed = FreezePlan(**{**dict(plan), "exceptions": kept})
    ruled = ruling(changed, rows, head)
    if all(
        ruled.trains(own) == value
        for own, _ in parameters_of(rows) if not names.isdisjoint(lineage(own))
    ):
        return changed
    return FreezePlan(**{**dict(plan), "exceptions": (*kept, (name, value))})


def _outside(
    plan: FreezePlan, names: frozenset[str], rows: Sequence[RowLike], new: bool
) -> tuple[tuple[str, bool], ...]:
    """The exceptions that do not contradict what these names shall be from now on."""
    kept: list[tuple[str, bool]] = []
    spelled = spelled_out(plan, rows)
    for exception, value in plan.exceptions:
        targets = matching(exception, rows) if is_pattern(exception) else (exception,)
        outside = [name for name in targets if names.isdisjoint(lineage(name))]
        if len(outside) == len(targets) or (is_pattern(exception) and value == new):
            kept.append((exception, value))
        else:  # what another exception of the same name decides stays with that one
            kept += [(name, value) for name in outside if spelled[name] == value]
    return tuple(kept)


# --- over a model ------------------------------------------------------------------------


def rows_of(model: nn.Module) -> tuple[RowLike, ...]:
    """The rows of a model that is built; a shared parameter is its first holder's."""
    counted: set[int] = set()
    rows = []
    for name, module in model.named_modules():
        own = [(key, p) for key, p in module.named_parameters(recurse=False)
               if id(p) not in counted]
        counted.update(id(parameter) for _, parameter in own)
        sizes = tuple((key, parameter.numel()) for key, parameter in own)
        rows.append(PlainRow(name, type(module).__name__, sizes))
    return tuple(rows)


def apply_freeze(model: nn.Module, plan: FreezePlan, head: Sequence[str]) -> None:
    """Sets `requires_grad` of every parameter as the plan says. Changes the model in place.

    Raises:
        ThawError: If the plan names what the model does not have; nothing is changed then.
    """
    check_names(plan, rows_of(model), head)
    freeze_known(model, plan, head)


def freeze_known(model: nn.Module, plan: FreezePlan, head: Sequence[str]) -> None:
    """The same for an estimate: names that the model does not have are passed over."""
    ruled = ruling(plan, rows_of(model), head)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(ruled.trains(name))


def train_mode(model: nn.Module, frozen: FrozenModules = "eval") -> None:
    """`model.train()`, but frozen parts stay in `eval()`: call it in place of that, each epoch.

    Then the statistics of a frozen BatchNorm and the masks of a frozen part's Dropout do not
    move. A module of whose own parameters any trains is in train mode: a BatchNorm whose bias
    alone trains follows the batches, as it has to if the bias shall fit them. A module without
    parameters (Dropout, stochastic depth) goes with what it feeds: the next sibling that has
    some, else the one before, else its parent. Changes the model in place.

    Args:
        frozen: `"train"` is `model.train()` and no more: the naive way, under which statistics
            drift although the weights are frozen.
    """
    model.train()
    if frozen == "train":
        return
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
