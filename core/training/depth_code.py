"""Learning rates by depth and stages that open on the way, as lines of PyTorch."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.models import freezing
from core.models.freeze_names import RowLike, parameters_of
from core.models.stages import stages as stages_of
from core.recipe import Recipe
from core.training import stage_plan

_GROUPS = """\
rates = {{  # a learning rate for each stage
{rates}
}}


def parameters_of(stage, trains):
    return [
        p for name, p in model.named_parameters()
        if next((s for s in rates if name == s or name.startswith(s + ".")),
                "{first}") == stage{stay}
        and p.requires_grad == trains
    ]


groups = [{{"params": parameters_of(stage, True), "lr": rate}} for stage, rate in rates.items()]
groups = [group for group in groups if group["params"]]
"""
_OPENING = """\
    for stage in opens.get(epoch, []):
        opened = parameters_of(stage, False)
        for p in opened:
            p.requires_grad_(True)
        optimizer.add_param_group({"params": opened, "lr": rates[stage]})
"""


@dataclass(frozen=True)
class DepthCode:
    """The lines, each with a newline at its end.

    Attributes:
        groups: Make `groups`, the parameter groups of the optimiser.
        opens: Say which epoch, counted from 1, opens which stages; "" where none does.
        opening: Open what is due, at the beginning of an `epoch`; "" where nothing ever is.
    """

    groups: str
    opens: str
    opening: str


def depth_code(rows: Sequence[RowLike], recipe: Recipe, head: Sequence[str]) -> DepthCode | None:
    """The lines for a recipe; None where one rate does for all and nothing opens.

    Args:
        rows: All modules of the model in registration order.
        head: Names of the last layers.
    """
    stages = stages_of(rows)
    closed = stage_plan.openable(rows, recipe.freeze, head)
    epochs = {
        stage: epoch for stage, epoch in stage_plan.openings(recipe.unfreezing, closed).items()
        if epoch <= recipe.train.epochs
    }
    if recipe.optimizer.stage_factor == 1 and not epochs:
        return None
    rates = stage_plan.rates(stages, head, recipe.optimizer.lr, recipe.optimizer.stage_factor)
    lines = "\n".join(f'    "{stage}": {rate!r},' for stage, rate in rates.items())
    stay = _staying(rows, recipe, head, closed, epochs)
    groups = _GROUPS.format(
        rates=lines, first=stages[0], stay="\n        and name not in stay" if stay else ""
    )
    if stay:
        names = "\n".join(f'    "{name}",' for name in stay)
        groups = f"stay = {{  # frozen to the end, though their stage opens\n{names}\n}}\n{groups}"
    if not epochs:
        return DepthCode(groups, "", "")
    due: dict[int, list[str]] = {}
    for stage in reversed(stages):  # as a run opens them: the one nearest to the head first
        if stage in epochs:
            due.setdefault(epochs[stage], []).append(stage)
    told = "".join(
        f"    {epoch}: [{', '.join(f'{chr(34)}{stage}{chr(34)}' for stage in due[epoch])}],\n"
        for epoch in sorted(due)
    )
    return DepthCode(groups, f"opens = {{  # epoch: stages\n{told}}}\n", _OPENING)


def _staying(
    rows: Sequence[RowLike], recipe: Recipe, head: Sequence[str],
    closed: dict[str, tuple[str, ...]], epochs: dict[str, int],
) -> list[str]:
    """Parameters of stages that open which an exception keeps frozen."""
    stages, ruled = stages_of(rows), freezing.ruling(recipe.freeze, rows, head)
    found = []
    for name, _ in parameters_of(rows):
        stage = stage_plan.stage_of(name, stages)
        if stage in epochs and not ruled.trains(name) and name not in closed[stage]:
            found.append(name)
    return found
