"""A freeze plan as the lines of PyTorch that do the same, for who wants to see or keep them."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.models import freezing
from core.models.freeze_decisions import Decision, loops, ways
from core.models.freeze_names import RowLike, parameters_of
from core.models.quiet_modules import quiet_modules
from core.recipe import FreezePlan, OptimizerSpec
from core.training import optimizer_table
from core.training.optimizer_table import OPTIMIZERS

if TYPE_CHECKING:
    from core.training.depth_code import DepthCode

_NAIVE = (
    "    # the naive way: frozen BatchNorm follows the batches,\n"
    "    # and Dropout in front of frozen layers drops\n"
    "    model.train()"
)


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
        (loops(decided, rows, ruled) for decided in ways(rows, ruled)),
        key=lambda told: 3 * len(told[0]) + len(told[1]),
    )
    wrapped = _wrapped(rows, head) if dropout else ()
    freeze = _freeze_lines(said, left, {name for name, _ in parameters_of(rows)}, wrapped)
    naive = plan.frozen_modules == "train"
    mode = _NAIVE if naive else _mode_lines(quiet_modules(rows, plan, head), opens=opens)
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
    said: Sequence[str], left: Sequence[Decision], parameters: Set[str],
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


def _listed(decided: Sequence[Decision]) -> list[str]:
    return [f"    ({name!r}, {trains}),".replace("'", '"') for name, trains in decided]


def _in_wrapping(
    decided: Sequence[Decision], wrapped: Sequence[str]
) -> list[Decision]:
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
