"""What an experiment says of two plans: a verdict on their paired differences.

Runs of the same seed saw the same images in the same order with the same augmentation, so the
difference between two plans is taken seed by seed. The rule: one plan beats the other here if
it does so with every seed, and the 95 % confidence interval of the mean difference (Student's t
with one degree of freedom less than seeds), widened by one held-out image on either side, lies
above zero; it does not if the same holds the other way round; everything else is undecided.
Fewer than three seeds decide nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev
from typing import Literal

from core.evaluation.experiment import TO_COME, Outcome
from core.messages import Problem
from core.messages.experiment import PLANS as WORDS
from core.runs.experiment_spec import FEW_SEEDS, Plan

Answer = Literal["supported", "not_supported", "undecided"]

# The 97.5 % point of Student's t, by degrees of freedom.
T_975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306,
         9: 2.262}
_NAMED = 4  # runs that a sentence names
_HAIR = 1e-9  # 0.901 less 0.9 is a little more than a thousandth, in floating point
# Which plan stands for "a finished model trained further": the most of it that trains.
_FINISHED: tuple[Plan, ...] = ("all", "own", "last_stage", "linear_probe")
_UNFROZEN: tuple[Plan, ...] = ("last_stage", "all")


@dataclass(frozen=True)
class Verdict:
    """Whether the first plan beats the second.

    Attributes:
        reason: The sentence, with its figures.
        left_out: What the figures do not hold, though it was planned; or None.
        differences: First less second by seed, in [-1, 1].
        interval: Of the mean difference; None for fewer than two seeds.
    """

    first: Plan
    second: Plan
    answer: Answer
    reason: Problem
    left_out: Problem | None = None
    differences: tuple[tuple[int, float], ...] = ()
    interval: tuple[float, float] | None = None


def on_claim(outcomes: Sequence[Outcome]) -> Verdict | None:
    """On "a finished model trained further beats layers made anew"; None without such a pair."""
    plans = {one.plan for one in outcomes}
    first = next((plan for plan in _FINISHED if plan in plans), None)
    if first is None or "from_scratch" not in plans:
        return None
    return compare(outcomes, first, "from_scratch")


def on_others(outcomes: Sequence[Outcome]) -> list[Verdict]:
    """Every other plan that starts from the finished model, against layers made anew."""
    claim = on_claim(outcomes)
    plans = {one.plan for one in outcomes}
    return [
        compare(outcomes, plan, "from_scratch")
        for plan in _FINISHED if claim and plan in plans and plan != claim.first
    ]


def on_freezing(outcomes: Sequence[Outcome]) -> list[Verdict]:
    """Unfrozen against frozen: each plan that trains more than the head, against the probe."""
    plans = {one.plan for one in outcomes}
    return [
        compare(outcomes, plan, "linear_probe")
        for plan in _UNFROZEN if {plan, "linear_probe"} <= plans
    ]


def compare(outcomes: Sequence[Outcome], first: Plan, second: Plan) -> Verdict:
    """Whether the first plan beats the second on the held-out images."""
    by = {(one.plan, one.seed): one for one in outcomes if one.plan in (first, second)}
    plans = {"First": _capital(first), "second": WORDS[second]}
    failed = [one for one in by.values() if one.standing == "failed"]
    if failed:
        return _without(first, second, "experiment.failed", {**plans, "failed": _names(failed)})
    to_come = [one for one in by.values() if one.standing in TO_COME]
    if to_come:
        return _without(first, second, "experiment.pending", {
            **plans, "count": len(to_come), "of": len(by), "missing": _names(to_come),
        })
    seeds = [
        seed for plan, seed in by
        if plan == first and by[first, seed].accuracy is not None
        and by.get((second, seed)) is not None and by[second, seed].accuracy is not None
        and by[first, seed].standing == by[second, seed].standing == "finished"
    ]
    absent = [one for one in by.values() if one.seed not in seeds]
    if not seeds:
        return _without(first, second, "experiment.no_pair", {**plans, "missing": _names(absent)})
    pairs = [(by[first, seed], by[second, seed]) for seed in seeds]
    left_out = Problem("experiment.left_out", {"missing": _names(absent)}) if absent else None
    return _decided(first, second, pairs, plans, left_out)


def interval_of(differences: Sequence[float], samples: int) -> tuple[float, float] | None:
    """The 95 % interval of the mean difference, widened by one of the held-out images.

    Without that a few images, and seeds that happen to agree to the last of them, would make
    an interval of no width. None for fewer than two seeds.
    """
    count = len(differences)
    if count < 2:
        return None
    half = T_975[count - 1] * stdev(differences) / sqrt(count) + 1 / samples
    return mean(differences) - half, mean(differences) + half


def _decided(
    first: Plan, second: Plan, pairs: Sequence[tuple[Outcome, Outcome]], plans: dict[str, str],
    left_out: Problem | None,
) -> Verdict:
    found = tuple((one.seed, one.accuracy - other.accuracy) for one, other in pairs)
    differences = [difference for _, difference in found]
    samples = pairs[0][0].samples
    interval = interval_of(differences, samples)
    values: dict[str, object] = {
        **plans,
        "first_mean": _percent(mean(one.accuracy for one, _ in pairs)),
        "second_mean": _percent(mean(other.accuracy for _, other in pairs)),
        "samples": f"{samples:,}",
        "difference": _points(mean(differences)),
        "seeds": len(pairs),
        "each": ", ".join(map(_points, differences)),
        "low": _points(interval[0]) if interval else "",
        "high": _points(interval[1]) if interval else "",
    }
    answer, id = _answer(differences, interval)
    return Verdict(first, second, answer, Problem(id, values), left_out, found, interval)


def _answer(
    differences: Sequence[float], interval: tuple[float, float] | None
) -> tuple[Answer, str]:
    """By the rule that stands at the top of this file."""
    if interval is None or len(differences) < FEW_SEEDS:
        return "undecided", "experiment.few_seeds"
    if min(differences) > 0 and interval[0] > _HAIR:
        return "supported", "experiment.better"
    if max(differences) < 0 and interval[1] < -_HAIR:
        return "not_supported", "experiment.worse"
    return "undecided", "experiment.level"


def _without(first: Plan, second: Plan, id: str, values: dict[str, object]) -> Verdict:
    return Verdict(first, second, "undecided", Problem(id, values))


def _names(outcomes: Sequence[Outcome]) -> str:
    names = [f"{WORDS[one.plan]} seed {one.seed}" for one in outcomes]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _capital(plan: Plan) -> str:
    return WORDS[plan][:1].upper() + WORDS[plan][1:]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(difference: float) -> str:
    return f"{100 * difference:+.1f}".replace("-", "−")
