"""How long an experiment will take, as far as earlier runs, or a measured epoch, tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from core.messages import ThawError
from core.recipe import Recipe
from core.runs.experiment_spec import Plan
from core.runs.folder import Run
from core.runs.status import status
from core.training.epoch_time_process import what_changed

_START_SECONDS = 10.0  # of a process that imports torch, where no run has told
_LONGEST_START = 300.0  # more is a clock that was set, or a folder that was copied
_ALL_WORK: tuple[Plan, ...] = ("from_scratch", "all")  # no plan computes more than these


@dataclass(frozen=True)
class Known:
    """What is known of runs like this one: seconds of an epoch, and of everything around them."""

    recipe: Recipe
    epoch_seconds: float
    around_seconds: float = _START_SECONDS


@dataclass(frozen=True)
class Expected:
    """How long runs will take.

    Attributes:
        seconds: All of them, one after another; None if nothing is known.
        at_most: Whether some are only known to take no longer than that.
    """

    seconds: float | None
    at_most: bool = False


def known_from(runs: Iterable[Run]) -> list[Known]:
    """What finished runs took; those that went on from a checkpoint tell too little."""
    found = (_known(run) for run in runs)
    return [one for one in found if one is not None]


def expected(planned: Sequence[tuple[Plan, Recipe]], known: Sequence[Known]) -> Expected:
    """From runs of the same work each; for want of one, from runs that do no less.

    Args:
        planned: Recipes of one plan differ in their seed alone, which changes no work.
    """
    # Reversed, so that the first of each plan stays: it is looked up once.
    each = {plan: _seconds(recipe, known) for plan, recipe in dict(reversed(planned)).items()}
    whole = [each[plan] for plan in _ALL_WORK if each.get(plan) is not None]
    most = max(whole, default=None)
    total, at_most = 0.0, False
    for plan, _ in planned:
        seconds = each[plan]
        if seconds is None:
            seconds, at_most = most, at_most or plan not in _ALL_WORK
        if seconds is None:
            return Expected(None)
        total += seconds
    return Expected(total, at_most)


def _known(run: Run) -> Known | None:
    try:
        recipe, now, attempts = run.recipe(), status(run), run.attempts()
        if now.status != "finished" or len(attempts) != 1 or not now.epoch:
            return None
        ended = (run.path / "state.json").stat().st_mtime
        around = ended - (run.launch() or {})["time"] - now.seconds
    except (ThawError, OSError, KeyError, TypeError):
        return None
    around = around if 0 <= around <= _LONGEST_START else _START_SECONDS
    return Known(recipe, now.seconds / now.epoch, around)


def _seconds(recipe: Recipe, known: Sequence[Known]) -> float | None:
    alike = [one for one in known if not what_changed(one.recipe, recipe)]
    if not alike:
        return None
    each = median(one.epoch_seconds for one in alike)
    return each * recipe.train.epochs + median(one.around_seconds for one in alike)
