"""How long a sweep will take, as far as earlier runs, or a measured epoch, tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.evaluation import experiment_time
from core.recipe import FreezePlan, Recipe, UnfreezingSpec
from core.runs.expected import Took, length_of
from core.runs.folder import Run

_ALL_WORK = ("all", "from_scratch")  # no plan computes more than these


@dataclass(frozen=True)
class SweepTime:
    """How long runs will take, one after another.

    Attributes:
        seconds: Of those runs that something is known of.
        known: How many these are.
        runs: How many there are.
        at_most: Whether some are only known to take no longer than that.
    """

    seconds: float
    known: int
    runs: int
    at_most: bool = False


def known_from(runs: Iterable[Run]) -> list[Took]:
    """What finished runs took; those that went on from a checkpoint tell too little."""
    return [
        Took(one.recipe, one.epoch_seconds, one.around_seconds)
        for one in experiment_time.known_from(runs)
    ]


def expected(recipes: Sequence[Recipe], known: Sequence[Took]) -> SweepTime:
    """From runs of the same work each; for want of one, from runs that freeze nothing."""
    total, count, at_most = 0.0, 0, False
    for recipe in recipes:
        seconds = length_of(recipe, known)
        if seconds is None and (seconds := _at_most(recipe, known)) is not None:
            at_most = True
        if seconds is not None:
            total, count = total + seconds, count + 1
    return SweepTime(total, count, len(recipes), at_most)


def _at_most(recipe: Recipe, known: Sequence[Took]) -> float | None:
    if not known:
        return None
    found = (
        length_of(recipe.model_copy(update={
            "freeze": FreezePlan(preset=preset), "unfreezing": UnfreezingSpec(),
        }), known)
        for preset in _ALL_WORK
    )
    return next((seconds for seconds in found if seconds is not None), None)
