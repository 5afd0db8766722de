"""A freeze plan as the lines of PyTorch that do the same, for who wants to see or keep them."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.models import freezing
from core.models.freeze_names import RowLike, joined, parameters_of
from core.recipe import FreezePlan, OptimizerSpec
from core.training import optimizer_table
from core.training.optimizer_table import OPTIMIZERS

if TYPE_CHECKING:
    from core.training.depth_code import DepthCode

# Without parameters, and yet not the same in train() and eval().
_RANDOM_TYPES = ("Dropout", "StochasticDepth")
_NAIVE = (
    "    # the naive way: frozen BatchNorm follows the batches,\n"
    "    # and Dropout in front of frozen layers drops\n"
    "    model.train()"
)
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


@dataclass(frozen=True)
class FreezeParts:
    """The two places of a program where a plan shows.

    Attributes:
        freeze: Lines that set `requires_grad` of a `model` as `apply_freeze` does.
        mode: Indented lines that put its modules into the modes of `train_mode`.
        is_whole: Whether nothing is frozen.
    """

    freeze: str
    mode: str
    is_whole: bool


def freeze_parts(
    rows: Sequence[RowLike], plan: FreezePlan, head: Sequence[str], dropout: float = 0.0,
    *, opens: bool = False,
) -> FreezeParts:
    """The lines that freeze a `model` as the plan says, and keep what is frozen asleep.

    Args:
        rows: All modules of the model in registration order, those without parameters too.
        head: Names of the last layers.
        dropout: Of the new head.
        opens: Whether stages open on the way.
    """
    if freezing.tree_states(rows, plan, head)[""] == "on":
        whole = "model.requires_grad_(True)  # nothing is frozen"
        return FreezeParts(whole, "    model.train()", is_whole=True)
    ruled = freezing.ruling(plan, rows, head)
    said, left = min(
        (_said_of_all(decided, rows, ruled) for decided in _ways(rows, ruled)),
        key=lambda told: 3 * len(told[0]) + len(told[1]),
    )
    wrapped = _wrapped(rows, head) if dropout else ()
    freeze = _freeze_lines(said, left, {name for name, _ in parameters_of(rows)}, wrapped)
    naive = plan.frozen_modules == "train"
    mode = _NAIVE if naive else _mode_lines(_quiet(rows, plan, head), opens=opens)
    return FreezeParts(freeze, mode, is_whole=False)


def freeze_code(
    rows: Sequence[RowLike],
    plan: FreezePlan,
    head: Sequence[str],
    optimizer: OptimizerSpec,
    epochs: int,
    dropout: float = 0.0,
    depth: "DepthCode | None" = None,
) -> str:
    """Source that freezes a `model` as the plan says and trains what is left.

    It sets `requires_grad` as `apply_freeze` does, gives the optimiser what trains, and before
    each epoch puts modules into the modes of `train_mode`.

    Args:
        rows: All modules of the model in registration order, those without parameters too.
        plan: Something has to train under it, or PyTorch's optimiser refuses the empty list.
        head: Names of the last layers.
        dropout: Of the new head.
        depth: Where stages have rates of their own, or open on the way.
    """
    parts = freeze_parts(rows, plan, head, dropout, opens=bool(depth and depth.opening))
    trainable = "model.parameters()" if parts.is_whole else "trainable"
    given, opens, opening = "", "", ""
    if depth:
        trainable, given, opens, opening = "groups", depth.groups, depth.opens, depth.opening
    elif not parts.is_whole:
        given = "trainable = [p for p in model.parameters() if p.requires_grad]\n"
    made = _optimizer(trainable, optimizer)
    counted = f"1, {epochs + 1}" if opens else epochs
    return (
        f"import torch\n\n{parts.freeze}\n\n{given}optimizer = torch.optim.{made}\n{opens}\n"
        f"for epoch in range({counted}):\n{opening}{parts.mode}\n"
        "    ...  # the batches of this epoch\n"
    )


def _optimizer(trainable: str, spec: OptimizerSpec) -> str:
    entry = OPTIMIZERS[spec.name]
    given = optimizer_table.arguments_of(
        entry, lr=spec.lr, momentum=spec.momentum, weight_decay=spec.weight_decay
    )
    return f"{entry.cls}(\n    {trainable}, " + ", ".join(
        f"{key}={value:g}" for key, value in given.items()
    ) + "\n)"


def _freeze_lines(
    said: Sequence[str], left: Sequence[tuple[str, bool]], parameters: Set[str],
    wrapped: Sequence[str],
) -> str:
    """Modules from the whole to its parts, then what stands for many, then single parameters."""
    modules = [pair for pair in left if pair[0] not in parameters]
    single = [pair for pair in left if pair[0] in parameters]
    lines = _listed(modules)
    lines[0] += "  # the whole model"
    code = [
        "# From the whole to its parts: what comes later counts.",
        "for name, trains in [", *lines, "]:",
        "    model.get_submodule(name).requires_grad_(trains)",
        *said,
    ]
    if single:
        code += [
            "for name, trains in [", *_listed(_in_wrapping(single, wrapped)), "]:",
            "    model.get_parameter(name).requires_grad_(trains)",
        ]
    return "\n".join(code)


def _listed(decided: Sequence[tuple[str, bool]]) -> list[str]:
    return [f"    ({name!r}, {trains}),".replace("'", '"') for name, trains in decided]


def _in_wrapping(
    decided: Sequence[tuple[str, bool]], wrapped: Sequence[str]
) -> list[tuple[str, bool]]:
    """The parameters of a last layer that stands behind a dropout of its own."""
    return [
        (f"{path}.1.{own}" if path in wrapped else name, trains)
        for name, trains in decided for path, _, own in [name.rpartition(".")]
    ]


def _wrapped(rows: Sequence[RowLike], head: Sequence[str]) -> tuple[str, ...]:
    """The last layers that `replace_head` puts behind a new dropout: those that had none."""
    before: dict[str, str] = {}  # the class of the last child so far, by parent
    found = []
    for row in rows:
        parent = row.name.rpartition(".")[0]
        if row.name in head and before.get(parent) != "Dropout":
            found.append(row.name)
        if row.name:
            before[parent] = row.type
    return tuple(found)


def _mode_lines(quiet: Sequence[tuple[str, str]], *, opens: bool) -> str:
    lines = [
        "    model.train()",
        "    for module in model.modules():  # the frozen parts sleep on",
        "        own = list(module.parameters())",
        "        if own and not any(p.requires_grad for p in own):",
        "            module.eval()",
    ]
    if quiet and opens:
        lines += [
            f"    for name, near in {tuple(quiet)}:".replace("'", '"'),
            "        if not any(p.requires_grad for p in model.get_submodule(near).parameters()):",
            "            model.get_submodule(name).eval()  # between frozen layers",
        ]
    elif quiet:
        lines += [
            f"    for name in {tuple(name for name, _ in quiet)}:".replace("'", '"'),
            "        model.get_submodule(name).eval()  # between frozen layers",
        ]
    return "\n".join(lines)


# --- what is said of many at once ----------------------------------------------------------


def _said_of_all(
    decided: Sequence[tuple[str, bool]], rows: Sequence[RowLike], ruled: freezing.Ruling
) -> tuple[list[str], list[tuple[str, bool]]]:
    """Loops over a class or a kind of parameter, and the decisions that they leave.

    Only where every module of the class (every bias) ends the same way.
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


# --- the fewest words for a plan -----------------------------------------------------------


@dataclass
class _Node:
    """A module with parameters in or below it."""

    name: str
    own: bool | None = None  # whether its own parameters train; None if it has none, or some do
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
    """The fewest (name, trains), outer before inner, that give the plan one after another.

    The whole model ("") comes first; each decision holds for all in its module. A parameter is
    named only where others of its module end another way.
    """
    return min(_ways(rows, freezing.ruling(plan, rows, head)), key=len)


def _ways(
    rows: Sequence[RowLike], ruled: freezing.Ruling
) -> list[list[tuple[str, bool]]]:
    """The decisions from a frozen model on, and from one that trains, where both can be."""
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


def _place(nodes: dict[str, _Node], name: str) -> _Node:
    if name not in nodes:
        nodes[name] = _Node(name)
        _place(nodes, name.rpartition(".")[0]).children.append(nodes[name])
    return nodes[name]


# --- dropout between frozen layers ---------------------------------------------------------


def quiet_modules(
    rows: Sequence[RowLike], plan: FreezePlan, head: Sequence[str]
) -> tuple[str, ...]:
    """Dropout that stays in `eval()` with the frozen layer it feeds, as `train_mode` has it.

    Only what lies in no module that is frozen as a whole: the rest follows that one.
    """
    return tuple(name for name, _ in _quiet(rows, plan, head))


def _quiet(
    rows: Sequence[RowLike], plan: FreezePlan, head: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Each with the frozen layer that it goes with."""
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
            for place, name in enumerate(inside):
                nearest = inside[place:] + inside[:place][::-1]
                near = next((one for one in nearest if one in states), "")
                if name not in states and name in random and states.get(near) == "off":
                    found.append((name, near))
    return tuple(found)
