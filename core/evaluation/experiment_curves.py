"""The curves of an experiment: of each plan the mean over its seeds, with their spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from core.evaluation.curves import EpochPoint

MAX_POINTS = 200  # of a line


@dataclass(frozen=True)
class BandPoint:
    """An epoch of a plan over its seeds.

    Attributes:
        seconds: The mean.
        mean: Of the metric.
        low: The lowest of the seeds.
        high: The highest.
        seeds: How many.
    """

    epoch: int
    step: int
    seconds: float
    mean: float
    low: float
    high: float
    seeds: int


def band(curves: Sequence[Sequence[EpochPoint]], metric: str) -> list[BandPoint]:
    """Epoch by epoch, for the epochs that all of the curves have; epoch 0 is left out.

    Args:
        metric: `"val_accuracy"` or `"val_loss"`.
    """
    by_epoch = [
        {p.epoch: p for p in points if p.epoch and getattr(p, metric) is not None}
        for points in curves
    ]
    if not by_epoch:
        return []
    common = sorted(set.intersection(*map(set, by_epoch)))
    found = [_point([points[epoch] for points in by_epoch], metric) for epoch in common]
    stride = -(-len(found) // MAX_POINTS) or 1
    kept = found[::stride]
    return kept if not found or kept[-1] is found[-1] else [*kept, found[-1]]


def bands(
    curves: Mapping[str, Sequence[Sequence[EpochPoint]]], metric: str
) -> dict[str, list[BandPoint]]:
    """The band of each plan."""
    return {plan: band(found, metric) for plan, found in curves.items()}


def _point(points: Sequence[EpochPoint], metric: str) -> BandPoint:
    values = [getattr(point, metric) for point in points]
    return BandPoint(
        points[0].epoch, points[0].step, mean(point.seconds for point in points),
        mean(values), min(values), max(values), len(points),
    )
