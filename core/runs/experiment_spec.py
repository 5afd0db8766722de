"""What an experiment compares: one recipe under several freeze plans, over several seeds."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from core.messages import Problem, ThawError
from core.messages.experiment import PLANS as WORDS
from core.models.catalogue import NO_WEIGHTS
from core.recipe import EarlyStoppingSpec, FreezePlan, Recipe, Text, UnfreezingSpec
from core.spec import Spec, SpecError, as_pydantic, problems_of

Plan = Literal["from_scratch", "linear_probe", "last_stage", "all", "own"]
PLANS: tuple[Plan, ...] = ("from_scratch", "linear_probe", "last_stage", "all", "own")
FEW_SEEDS = 3  # fewer say little


class RatesSpec(Spec):
    """The learning rate of each plan; None: the recipe's."""

    from_scratch: float | None = Field(None, gt=0, le=10, title="learning rate from scratch")
    linear_probe: float | None = Field(None, gt=0, le=10, title="learning rate, linear probe")
    last_stage: float | None = Field(None, gt=0, le=10, title="learning rate, last stage")
    all: float | None = Field(None, gt=0, le=10, title="learning rate, fine-tune")
    own: float | None = Field(None, gt=0, le=10, title="learning rate, own plan")


class ExperimentSpec(Spec):
    """What is compared: which plans, over how many seeds, for how long."""

    name: Text = Field("", title="name")
    plans: tuple[Plan, ...] = Field(PLANS[:4], title="plans")
    seeds: int = Field(FEW_SEEDS, ge=1, le=10, title="number of seeds")
    epochs: int | None = Field(None, ge=1, le=10_000, title="epochs")  # None: the recipe's
    rates: RatesSpec = RatesSpec()

    @field_validator("plans")
    @classmethod
    def _at_least_two(cls, value: tuple[Plan, ...]) -> tuple[Plan, ...]:
        if len(set(value)) < 2:
            raise as_pydantic(Problem("experiment.too_few_plans"))
        return tuple(plan for plan in PLANS if plan in value)


def parse(raw: Mapping[str, Any]) -> ExperimentSpec:
    """The spec of a plain mapping.

    Raises:
        SpecError: With one problem for each field that is wrong.
    """
    try:
        return ExperimentSpec.model_validate(raw)
    except ValidationError as error:
        raise SpecError(problems_of(error, ExperimentSpec)) from None


def check(spec: ExperimentSpec, recipe: Recipe) -> None:
    """Refuses what would compare nothing.

    Raises:
        ThawError: If nothing was learned before, or the recipe has no plan of its own.
    """
    if recipe.model.weights == NO_WEIGHTS and "from_scratch" in spec.plans:
        raise ThawError("experiment.no_weights", model=recipe.model.name)
    if "own" in spec.plans and not has_own_plan(recipe):
        raise ThawError("experiment.nothing_own")


def has_own_plan(recipe: Recipe) -> bool:
    """Whether the recipe freezes in a way that none of the other plans does."""
    return (
        recipe.freeze.preset == "last_stages" or bool(recipe.freeze.exceptions)
        or _opens(recipe.unfreezing)
    )


def title_of(spec: ExperimentSpec, recipe: Recipe) -> str:
    """What a person calls the experiment: its name, the recipe's, or what is trained on what."""
    return spec.name or recipe.name or f"{recipe.model.name} on {recipe.data.name}"


def recipe_of(spec: ExperimentSpec, recipe: Recipe, plan: Plan, seed: int) -> Recipe:
    """The recipe of one run: the plan, its rate, the seed and the length are changed.

    Early stopping would end plans after different numbers of steps, and gradual unfreezing
    would turn one plan into another: both are switched off, the latter but for the own plan.
    """
    changes: dict[str, Any] = {
        "name": _run_name(spec, recipe, plan, seed),
        "train": recipe.train.model_copy(
            update={"seed": seed, "epochs": spec.epochs or recipe.train.epochs}
        ),
        "early_stopping": EarlyStoppingSpec(),
    }
    if rate := getattr(spec.rates, plan):
        changes["optimizer"] = recipe.optimizer.model_copy(update={"lr": rate})
    if plan != "own":
        changes["freeze"] = FreezePlan(preset=plan, frozen_modules=recipe.freeze.frozen_modules)
        changes["unfreezing"] = UnfreezingSpec()
    return recipe.model_copy(update=changes)


def _run_name(spec: ExperimentSpec, recipe: Recipe, plan: Plan, seed: int) -> str:
    # What tells it from the others comes first: a table cuts long names off.
    words = WORDS[plan][:1].upper() + WORDS[plan][1:]
    return f"{words}, seed {seed}: {title_of(spec, recipe)[:150]}"


def _opens(unfreezing: UnfreezingSpec) -> bool:
    return unfreezing.every > 0 or bool(unfreezing.at)
