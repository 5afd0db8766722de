"""A freeze plan as the lines of PyTorch that do the same, for who wants to see or keep them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.models import freezing
from core.models.freezing import RowLike
from core.recipe import FreezePlan, OptimizerSpec

# Without parameters, and yet not the same in train() and eval().
_RANDOM_TYPES = ("Dropout", "StochasticDepth")
_OPTIMIZERS: dict[str, str] = {
    "sgd": "SGD(\n    {0}, lr={1.lr:g}, momentum={1.momentum:g}, "
    "weight_decay={1.weight_decay:g}\n)",
    "adam": "Adam(\n    {0}, lr={1.lr:g}, weight_decay={1.weight_decay:g}\n)",
    "adamw": "AdamW(\n    {0}, lr={1.lr:g}, weight_decay={1.weight_decay:g}\n)",
    "rmsprop": "RMSprop(\n    {0}, lr={1.lr:g}, momentum={1.momentum:g}, "
    "weight_decay={1.weight_decay:g}\n)",
}


class TypedRow(RowLike, Protocol):
    """A module of a model whose class is known too."""

    @property
    def type(self) -> str:
        """Name of its class."""


def freeze_code(
    rows: Sequence[TypedRow],
    plan: FreezePlan,
    head: Sequence[str],
    optimizer: OptimizerSpec,
    epochs: int,
) -> str:
    """Source that freezes a `model` as the plan says and trains what is left.

    It sets `requires_grad` as `apply_freeze` does, gives the optimiser what trains, and before
    each epoch puts modules into the modes of `train_mode`.

    Args:
        rows: All modules of the model in registration order, those without parameters too.
        plan: Something has to train under it, or PyTorch's optimiser refuses the empty list.
        head: Names of the last layers.
    """
    whole = freezing.tree_states(rows, plan, head)[""]
    if whole == "on":
        freeze = "model.requires_grad_(True)  # nothing is frozen"
        mode, trainable = "    model.train()", "model.parameters()"
    else:
        freeze = _freeze_lines(decisions(rows, plan, head))
        mode = _mode_lines(quiet_modules(rows, plan, head))
        trainable = "trainable"
    made = _OPTIMIZERS[optimizer.name].format(trainable, optimizer)
    given = "" if whole == "on" else (
        "trainable = [p for p in model.parameters() if p.requires_grad]\n"
    )
    return (
        f"import torch\n\n{freeze}\n\n{given}optimizer = torch.optim.{made}\n\n"
        f"for epoch in range({epochs}):\n{mode}\n    ...  # the batches of this epoch\n"
    )


def _freeze_lines(decided: Sequence[tuple[str, bool]]) -> str:
    lines = [f"    ({name!r}, {trains}),".replace("'", '"') for name, trains in decided]
    lines[0] += "  # the whole model"
    return "\n".join([
        "# From the whole to its parts: what comes later counts.",
        "for name, trains in [", *lines, "]:",
        "    model.get_submodule(name).requires_grad_(trains)",
    ])


def _mode_lines(quiet: Sequence[str]) -> str:
    lines = [
        "    model.train()",
        "    for module in model.modules():  # the frozen parts sleep on",
        "        own = list(module.parameters())",
        "        if own and not any(p.requires_grad for p in own):",
        "            module.eval()",
    ]
    if quiet:
        lines += [
            f"    for name in {tuple(quiet)}:".replace("'", '"'),
            "        model.get_submodule(name).eval()  # between frozen layers",
        ]
    return "\n".join(lines)


# --- the fewest words for a plan -----------------------------------------------------------


@dataclass
class _Node:
    """A module with parameters in or below it."""

    name: str
    own: bool | None = None  # whether its own parameters train; None if it has none
    children: list["_Node"] = field(default_factory=list)
    known: dict[bool, list[tuple[str, bool]]] = field(default_factory=dict)

    def best(self, inherited: bool) -> list[tuple[str, bool]]:
        """The fewest decisions for the module and all below it."""
        values = [value for value in (inherited, not inherited) if self.own in (None, value)]
        return min(
            ([(self.name, value)] * (value != inherited) + self.below(value) for value in values),
            key=len,
        )

    def below(self, value: bool) -> list[tuple[str, bool]]:
        """The fewest decisions within a module that was decided."""
        if value not in self.known:
            self.known[value] = [pair for child in self.children for pair in child.best(value)]
        return self.known[value]


def decisions(
    rows: Sequence[RowLike], plan: FreezePlan, head: Sequence[str]
) -> list[tuple[str, bool]]:
    """The fewest (module, trains), outer before inner, that give the plan one after another.

    The whole model ("") comes first; each decision holds for all in its module.
    """
    last = freezing.last_stage(rows, head)
    nodes: dict[str, _Node] = {"": _Node("")}
    for row in rows:
        if row.params:
            _place(nodes, row.name).own = freezing.trains(plan, row.name, head, last)
    root = nodes[""]
    # Frozen first where both are as short: it is how people say it.
    starts = [value for value in (False, True) if root.own in (None, value)]
    return min(([("", value), *root.below(value)] for value in starts), key=len)


def _place(nodes: dict[str, _Node], name: str) -> _Node:
    if name not in nodes:
        nodes[name] = _Node(name)
        _place(nodes, name.rpartition(".")[0]).children.append(nodes[name])
    return nodes[name]


# --- dropout between frozen layers ---------------------------------------------------------


def quiet_modules(
    rows: Sequence[TypedRow], plan: FreezePlan, head: Sequence[str]
) -> tuple[str, ...]:
    """Dropout that stays in `eval()` with the frozen layer it feeds, as `train_mode` has it.

    Only what lies in no module that is frozen as a whole: the rest follows that one.
    """
    states = freezing.tree_states(rows, plan, head)
    children: dict[str, list[str]] = {}
    random: set[str] = set()
    for row in rows:
        if row.name:
            children.setdefault(row.name.rpartition(".")[0], []).append(row.name)
        if row.type.startswith(_RANDOM_TYPES):
            random |= set(freezing.lineage(row.name))
    found = []
    for parent, inside in children.items():
        if states.get(parent) in ("mixed", "on"):
            found += [
                name for place, name in enumerate(inside)
                if name not in states and name in random
                and next((states[near] == "off" for near in
                          inside[place:] + inside[:place][::-1] if near in states), False)
            ]
    return tuple(found)
