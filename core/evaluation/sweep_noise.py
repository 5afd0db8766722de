"""Whether the best place of a sweep stands out from what chance alone explains.

An accuracy p on n images has a standard error of sqrt(p (1 - p) / n); p and n with two hits and
two misses added (Agresti and Coull 1998), so that 100 % on a few images is not taken for certain.
Where seeds are varied, the variance over them, pooled over all places and divided by their
number, is added. A place counts as near if it is less than two standard errors of the difference
behind. All places are judged on the same images, so their differences are known somewhat better
than that: the rule errs on the side of "can't tell".
"""

from collections.abc import Sequence
from math import sqrt
from statistics import mean

from core.evaluation.experiment import Figure
from core.evaluation.sweep import ACCURACIES, Metric, Place
from core.messages import Problem

_WIDE = 2.0  # standard errors of a difference, about its 95 % interval


def noise(best: Place, places: Sequence[Place], metric: Metric) -> Problem | None:
    """What is to be said of the distance to the others; None without others that have finished."""
    others = [
        found for place in places if place.cell != best.cell and place.is_whole
        if (found := place.figure(metric))
    ]
    own = best.figure(metric)
    if own is None or not others:
        return None
    if metric == "seconds":
        return Problem("sweep.seconds_noise")
    seeds = len(best.outcomes)
    by_seeds = _variance([own, *others]) / seeds if seeds > 1 else 0.0
    if metric not in ACCURACIES:
        return _of_loss(own, others, seeds, by_seeds)
    samples = min(_samples(one, metric) for one in best.outcomes)
    if not samples:
        return None
    error = _error(own, samples, by_seeds)
    near = sum(  # on the held-out images another one may be ahead
        own.mean - one.mean <= _WIDE * sqrt(error**2 + _error(one, samples, by_seeds) ** 2)
        for one in others
    )
    values = {"samples": f"{samples:,}", "seeds": seeds, "error": f"{100 * error:.1f}",
              "near": near, "others": len(others)}
    if seeds > 1:
        return Problem("sweep.near_seeds" if near else "sweep.apart_seeds", values)
    return Problem("sweep.near" if near else "sweep.apart", values)


def binomial_error(accuracy: float, samples: int) -> float:
    """Standard error of an accuracy in [0, 1] on so many images."""
    share = (accuracy * samples + 2) / (samples + 4)
    return sqrt(share * (1 - share) / (samples + 4))


def _of_loss(own: Figure, others: Sequence[Figure], seeds: int, by_seeds: float) -> Problem:
    if seeds < 2:
        return Problem("sweep.loss_noise")
    near = sum(abs(own.mean - one.mean) <= _WIDE * sqrt(2 * by_seeds) for one in others)
    values = {"seeds": seeds, "error": f"{sqrt(by_seeds):.2g}", "near": near, "others": len(others)}
    return Problem("sweep.loss_near" if near else "sweep.loss_apart", values)


def _error(of: Figure, samples: int, by_seeds: float) -> float:
    return sqrt(binomial_error(of.mean, samples) ** 2 + by_seeds)


def _variance(figures: Sequence[Figure]) -> float:
    """Over the seeds of a place, pooled over the places."""
    return mean((one.spread or 0.0) ** 2 for one in figures)


def _samples(one: object, metric: Metric) -> int:
    return one.val_samples if metric == "val_accuracy" else one.samples
