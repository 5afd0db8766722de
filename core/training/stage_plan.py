"""What each stage of a model gets: its learning rate, and the epoch that opens it.

As data over a model's rows, so that it can be drawn before a run; no torch is needed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.messages import ThawError
from core.models import freezing
from core.models.freeze_names import RowLike, parameters_of, within
from core.models.stages import stages as stages_of
from core.recipe import FreezePlan, Recipe, UnfreezingSpec


@dataclass(frozen=True)
class StagePlan:
    """One stage, with what trains of it and how fast.

    Attributes:
        lr: Its learning rate before the schedule's factor.
        params: All of the stage.
        trainable: That train from the start.
        openable: That train once the stage is opened, beside those.
        opens: The epoch that opens it; None where it stays as it is.
    """

    name: str
    lr: float
    params: int
    trainable: int
    openable: int
    opens: int | None

    @property
    def begins(self) -> int | None:
        """The first epoch in which something of it trains, if any."""
        return 1 if self.trainable else self.opens

    def is_closed(self, epoch: int) -> bool:
        """Whether there is something to open that is not open in an epoch."""
        return self.openable > 0 and (self.opens is None or self.opens > epoch)


def stage_of(name: str, stages: Sequence[str]) -> str:
    """The stage that a module or a parameter belongs to.

    What lies in none (the class token and the positions of a ViT) goes with the first one.
    """
    return next((stage for stage in stages if within(name, stage)), stages[0])


def rates(
    stages: Sequence[str], head: Sequence[str], base: float, factor: float
) -> dict[str, float]:
    """The learning rate of each stage: `base` for what holds a head, `factor` less at each step
    from there towards the input."""
    found, rate = {}, base
    for stage in reversed(stages):
        if _holds_head(stage, head):
            found[stage] = base
        else:
            rate *= factor
            found[stage] = rate
    return {stage: found[stage] for stage in stages}


def openings(spec: UnfreezingSpec, closed: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The epoch that opens each stage that is opened at all.

    Args:
        closed: As `openable` gives it.
    """
    stages = [stage for stage, names in closed.items() if names]
    found = {}
    if spec.every:
        found = {
            stage: spec.start + place * spec.every for place, stage in enumerate(reversed(stages))
        }
    return found | {stage: epoch for stage, epoch in spec.at if stage in stages}


def openable(
    rows: Sequence[RowLike], plan: FreezePlan, head: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """For each stage, from the input to the head, the parameters that opening it would add.

    What freezes the stage as a whole is overruled; exceptions within it stay.
    """
    stages, ruled = stages_of(rows), freezing.ruling(plan, rows, head)
    when_open = {
        stage: freezing.Ruling(
            {name: on for name, on in ruled.exceptions.items() if not within(stage, name)},
            ("",), ruled.head,
        )
        for stage in stages
    }
    found: dict[str, list[str]] = {stage: [] for stage in stages}
    for name, _ in parameters_of(rows):
        stage = stage_of(name, stages)
        if not ruled.trains(name) and when_open[stage].trains(name):
            found[stage].append(name)
    return {stage: tuple(names) for stage, names in found.items()}


def plan_stages(
    rows: Sequence[RowLike], recipe: Recipe, head: Sequence[str]
) -> tuple[StagePlan, ...]:
    """All stages from the input to the head, as the recipe has them.

    Args:
        rows: Of the model with the recipe's head.
        head: Names of its last layers.

    Raises:
        ThawError: If the recipe opens a stage that the model does not have.
    """
    stages, ruled = stages_of(rows), freezing.ruling(recipe.freeze, rows, head)
    refuse_unknown((name for name, _ in recipe.unfreezing.at), stages, recipe.model.name)
    sizes = dict(parameters_of(rows))
    whole, trainable = (dict.fromkeys(stages, 0) for _ in range(2))
    for name, size in sizes.items():
        whole[stage_of(name, stages)] += size
        trainable[stage_of(name, stages)] += size * ruled.trains(name)
    closed = openable(rows, recipe.freeze, head)
    lrs = rates(stages, head, recipe.optimizer.lr, recipe.optimizer.stage_factor)
    opens = openings(recipe.unfreezing, closed)
    return tuple(
        StagePlan(
            stage, lrs[stage], whole[stage], trainable[stage],
            sum(sizes[name] for name in closed[stage]), opens.get(stage),
        )
        for stage in stages
    )


def refuse_unknown(names: Iterable[str], stages: Sequence[str], model: str) -> None:
    """Checks names that a person gave.

    Raises:
        ThawError: If one of them is no stage.
    """
    for name in names:
        if name not in stages:
            raise ThawError(
                "training.unknown_stage", stage=name, model=model, stages=", ".join(stages)
            )


def refuse_open(
    names: Iterable[str], stages: Sequence[StagePlan], epoch: int, model: str
) -> None:
    """Checks what a person wants to open now.

    Raises:
        ThawError: If one of them is no stage, or nothing in it is closed.
    """
    names = tuple(names)
    refuse_unknown(names, [stage.name for stage in stages], model)
    closed = [stage.name for stage in stages if stage.is_closed(epoch)]
    for name in names:
        if name not in closed:
            raise ThawError(
                "training.stage_is_open", stage=name, closed=", ".join(closed) or "nothing"
            )


def with_opened(
    recipe: Recipe, rows: Sequence[RowLike], head: Sequence[str], names: Sequence[str], epoch: int
) -> Recipe:
    """The recipe that opens these stages too, in this epoch.

    Raises:
        ThawError: If one is not there or trains already, or the recipe opens such a one.
    """
    refuse_open(names, plan_stages(rows, recipe, head), epoch, recipe.model.name)
    at = dict(recipe.unfreezing.at) | dict.fromkeys(names, epoch)
    spec = recipe.unfreezing.model_copy(update={"at": tuple(sorted(at.items()))})
    return recipe.model_copy(update={"unfreezing": spec})


def _holds_head(stage: str, head: Sequence[str]) -> bool:
    return any(within(path, stage) for path in head)
