"""What came out of an experiment: each run's figures, and those of each plan over its seeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import TYPE_CHECKING, Literal

from core.evaluation.curves import EpochPoint
from core.runs import queue
from core.runs.experiment import Experiment
from core.runs.experiment_spec import Plan
from core.runs.folder import Run
from core.runs.status import RunStatus, status

if TYPE_CHECKING:
    from core.evaluation.sweep import CellOutcome

Standing = Literal["finished", "running", "waiting", "stopped", "failed", "missing"]
TO_COME: tuple[Standing, ...] = ("running", "waiting")
_FAILED = ("failed", "crashed")


@dataclass(frozen=True)
class Outcome:
    """One run of an experiment, or the place of one that is missing.

    Attributes:
        run: The one that counts; None if it was removed.
        accuracy: On the held-out images after the last epoch, in [0, 1]; None before that.
        val_accuracy: Of the best epoch, in [0, 1].
        seconds: Of training and validation.
        peak_bytes: The most memory that its process had; on a GPU, of the GPU's.
    """

    plan: Plan
    seed: int
    standing: Standing
    run: Run | None = None
    now: RunStatus | None = None
    accuracy: float | None = None
    samples: int = 0
    val_accuracy: float | None = None
    seconds: float | None = None
    peak_bytes: int | None = None
    trainable: int | None = None


@dataclass(frozen=True)
class Figure:
    """A figure over the seeds of a plan: mean, standard deviation of the sample (None for one)."""

    mean: float
    spread: float | None
    low: float
    high: float


@dataclass(frozen=True)
class PlanResult:
    """What a plan came to, over those of its runs that have finished.

    Attributes:
        accuracy: On the held-out images; None while nothing has finished, as the others.
        steps_to_target: Until the validation accuracy first reached the target; None where a
            run never did.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    accuracy: Figure | None
    val_accuracy: Figure | None
    seconds: Figure | None
    peak_bytes: int | None
    trainable: int | None
    steps_to_target: Figure | None

    @property
    def finished(self) -> int:
        """How many of its runs have finished."""
        return sum(one.standing == "finished" for one in self.outcomes)


def outcomes_of(experiment: Experiment) -> list[Outcome]:
    """One for each plan and seed, in the order in which they are trained."""
    return [
        _outcome(plan, seed, experiment.run_of(plan, seed))
        for seed in experiment.seeds for plan in experiment.spec.plans
    ]


def target_of(curves: Sequence[Sequence[EpochPoint]]) -> float | None:
    """An accuracy that all curves reach: the lowest of their best ones, in whole percent."""
    best = [max((p.val_accuracy or 0.0 for p in points), default=0.0) for points in curves]
    # Less a hair, for 0.29 is stored as a little less than 29 hundredths.
    return int(100 * min(best) + 1e-9) / 100 if best else None


def results_of(
    outcomes: Sequence[Outcome], points_of: Callable[[Run], Sequence[EpochPoint]],
    target: float | None,
) -> list[PlanResult]:
    """One for each plan, in the order of the outcomes.

    Args:
        points_of: The epochs of a run, as `RunCurve.points` gives them.
        target: Validation accuracy whose first epoch is looked for.
    """
    plans = list(dict.fromkeys(one.plan for one in outcomes))
    return [
        _result(plan, [one for one in outcomes if one.plan == plan], points_of, target)
        for plan in plans
    ]


def figure(values: Sequence[float | None]) -> Figure | None:
    """Of the values that are known; None if there are none."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    spread = stdev(known) if len(known) > 1 else None
    return Figure(mean(known), spread, min(known), max(known))


def _outcome(plan: Plan, seed: int, run: Run | None) -> Outcome:
    if run is None:
        return Outcome(plan, seed, "missing")
    now = status(run)
    test, best = now.state.get("test") or {}, now.best or {}
    return Outcome(
        plan, seed, standing_of(run, now), run, now,
        accuracy=test.get("accuracy"),
        samples=test.get("samples", 0),
        val_accuracy=best.get("val_accuracy"),
        seconds=now.seconds or None,
        peak_bytes=now.state.get("peak_memory_bytes"),
        trainable=now.state.get("trainable"),
    )


def share_done(outcomes: "Sequence[Outcome | CellOutcome]") -> float:
    """How much of all runs is done, in [0, 1]: of one that is running its steps count."""
    done = sum(
        1.0 if one.standing not in TO_COME
        else one.now.step / one.now.steps if one.now and one.now.steps else 0.0
        for one in outcomes
    )
    return min(done / len(outcomes), 1.0)


def standing_of(run: Run, now: RunStatus) -> Standing:
    """How a run stands in what it was queued for."""
    if now.status == "finished":
        return "finished"
    if now.is_live:
        return "running"
    if now.status == "queued":
        return "waiting" if queue.place_of(run) is not None else "stopped"
    return "failed" if now.status in _FAILED else "stopped"


def _result(
    plan: Plan, outcomes: Sequence[Outcome], points_of: Callable[[Run], Sequence[EpochPoint]],
    target: float | None,
) -> PlanResult:
    ended = [one for one in outcomes if one.standing == "finished"]
    steps = [_first_step(points_of(one.run), target) for one in ended]
    return PlanResult(
        plan, tuple(outcomes),
        accuracy=figure([one.accuracy for one in ended]),
        val_accuracy=figure([one.val_accuracy for one in ended]),
        seconds=figure([one.seconds for one in ended]),
        peak_bytes=max((one.peak_bytes for one in ended if one.peak_bytes), default=None),
        trainable=next((one.trainable for one in outcomes if one.trainable), None),
        steps_to_target=None if None in steps else figure(steps),
    )


def _first_step(points: Sequence[EpochPoint], target: float | None) -> int | None:
    return next(
        (p.step for p in points
         if p.epoch and target is not None and (p.val_accuracy or 0.0) >= target - 1e-9), None
    )
