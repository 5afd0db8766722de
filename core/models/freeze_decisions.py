"""A freeze plan as decisions: the fewest names of modules and parameters that say it.

Where many end the same way, a loop over their class or kind says it in fewer words still.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.models.freeze_names import RowLike, joined
from core.models.freezing import Ruling

Decision = tuple[str, bool]  # a name, and whether it trains

_OF_A_CLASS = (
    "for module in model.modules():\n"
    "    if type(module).__name__ == \"{0}\":\n"
    "        module.requires_grad_({1})"
)
_OF_A_KIND = (
    "for name, parameter in model.named_parameters():\n"
    "    if name.rpartition(\".\")[2] == \"{0}\":\n"
    "        parameter.requires_grad_({1})"
)
_MANY = 4  # names of a kind that are worth a loop of their own


def ways(rows: Sequence[RowLike], ruled: Ruling) -> list[list[Decision]]:
    """The decisions from a frozen model on, and from one that trains, where both can be.

    Each is the fewest (name, trains), outer before inner, that give the plan one after another.
    The whole model ("") comes first; each decision holds for all in its module. A parameter is
    named only where others of its module end another way.

    Args:
        rows: All modules of the model in registration order.
        ruled: What the plan says of each parameter.
    """
    nodes: dict[str, _Node] = {"": _Node("")}
    for row in rows:
        values = {name: ruled.trains(joined(row.name, name)) for name, _ in row.own}
        if not values:
            continue
        node = _place(nodes, row.name)
        if len(set(values.values())) == 1:
            node.own = next(iter(values.values()))
        else:
            node.children += [
                _Node(joined(row.name, name), value) for name, value in values.items()
            ]
    root = nodes[""]
    # Frozen first where both are as short: it is how people say it.
    starts = [value for value in (False, True) if root.own in (None, value)]
    return [[("", value), *root.below(value)] for value in starts]


@dataclass
class _Node:
    """A module with parameters in or below it."""

    name: str
    own: bool | None = None  # whether its own parameters train; None if it has none, or some do
    children: list["_Node"] = field(default_factory=list)
    known: dict[bool, list[Decision]] = field(default_factory=dict)

    def best(self, inherited: bool) -> list[Decision]:
        """The fewest decisions for the module and all below it."""
        values = [value for value in (inherited, not inherited) if self.own in (None, value)]
        return min(
            ([(self.name, value)] * (value != inherited) + self.below(value) for value in values),
            key=len,
        )

    def below(self, value: bool) -> list[Decision]:
        """The fewest decisions within a module that was decided."""
        if value not in self.known:
            self.known[value] = [pair for child in self.children for pair in child.best(value)]
        return self.known[value]


def _place(nodes: dict[str, _Node], name: str) -> _Node:
    if name not in nodes:
        nodes[name] = _Node(name)
        _place(nodes, name.rpartition(".")[0]).children.append(nodes[name])
    return nodes[name]


def loops(
    decided: Sequence[Decision], rows: Sequence[RowLike], ruled: Ruling
) -> tuple[list[str], list[Decision]]:
    """Loops over a class or a kind of parameter, and the decisions that they leave.

    Only where every module of the class (every bias) ends the same way.

    Args:
        decided: One of `ways`.
        rows: All modules of the model in registration order.
        ruled: What the plan says of each parameter.

    Returns:
        Source of the loops, and what still has to be said by name.
    """
    own = {joined(row.name, name): name for row in rows for name, _ in row.own}
    containers = {row.name.rpartition(".")[0] for row in rows if row.name}
    types = {row.name: row.type for row in rows if row.own and row.name not in containers}
    ends: dict[str, set[bool]] = {}  # of each class and each kind of parameter
    for row in rows:
        for name, _ in row.own:
            value = ruled.trains(joined(row.name, name))
            ends.setdefault(row.type, set()).add(value)
            ends.setdefault(f".{name}", set()).add(value)
    lines: list[str] = []
    left = list(decided)
    for names, mark, line in ((types, "", _OF_A_CLASS), (own, ".", _OF_A_KIND)):
        for kind in dict.fromkeys(names[name] for name, _ in decided if name in names):
            told = {pair for pair in left if names.get(pair[0]) == kind}
            if len(told) >= _MANY and len(ends[mark + kind]) == 1:
                lines.append(line.format(kind, next(iter(ends[mark + kind]))))
                left = [pair for pair in left if pair not in told]
    return lines, left
