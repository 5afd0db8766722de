"""How well a run was predicted: the error at the end, and the area between the curves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.evaluation.curves import EpochPoint
from core.runs.prediction import Prediction

Curve = Sequence[tuple[float, float]]  # (epoch, value), epochs ascending


@dataclass(frozen=True)
class Score:
    """Of one prediction.

    Attributes:
        last_epoch: Up to which it is scored: the last one that was validated.
        predicted: Accuracy after that epoch, in percent.
        real: What it was, in percent.
        area: Mean distance of the curves from epoch 1 on, in percentage points; None of a
            prediction of the final accuracy alone.
    """

    name: str
    last_epoch: int
    predicted: float
    real: float
    area: float | None

    @property
    def final_error(self) -> float:
        """Predicted less real, in percentage points."""
        return self.predicted - self.real


def score(prediction: Prediction, points: Iterable[EpochPoint]) -> Score | None:
    """The score over the epochs that were run; None before the first one was validated.

    A prediction of the final accuracy alone means the last epoch, whichever that becomes.

    Args:
        points: Of the run; epoch 0, before its first step, does not count.
    """
    real = [
        (float(one.epoch), one.val_accuracy)
        for one in points if one.epoch >= 1 and one.val_accuracy is not None
    ]
    if not real:
        return None
    last, accuracy = real[-1]
    is_curve = prediction.kind == "curve"
    said = prediction.at(last) if is_curve else prediction.points[-1][1]
    area = 100 * mean_distance(prediction, real) if is_curve else None
    return Score(prediction.name, int(last), 100 * said, 100 * accuracy, area)


def ranked(
    predictions: Iterable[Prediction], points: Sequence[EpochPoint], *, by_curve: bool
) -> list[Score]:
    """The scores, the best first.

    Args:
        by_curve: By the area between the curves; predictions without a curve come last.
    """
    scores = [found for one in predictions if (found := score(one, points))]

    def badness(one: Score) -> tuple[float, float]:
        at_the_end = round(abs(one.final_error), 9)
        if not by_curve:
            return at_the_end, 0.0
        return (float("inf") if one.area is None else round(one.area, 9)), at_the_end

    return sorted(scores, key=badness)


def mean_distance(prediction: Prediction, real: Curve) -> float:
    """Mean of |predicted - real| over the epochs of the real curve, both linear between points.

    Exact: between two neighbouring knots of either curve the difference is a line, whose
    absolute value is one trapezoid, or two triangles where the curves cross. Of a single epoch
    it is the distance there.
    """
    first, last = real[0][0], real[-1][0]
    if first == last:
        return abs(prediction.at(first) - real[0][1])
    knots = {epoch for epoch, _ in real} | {
        epoch for epoch, _ in prediction.points if first < epoch < last
    }
    ordered = sorted(knots)
    apart = [prediction.at(epoch) - value for epoch, value in _on(real, ordered)]
    area = sum(
        (right - left) * _mean_size(before, after)
        for left, right, before, after in zip(
            ordered, ordered[1:], apart, apart[1:], strict=False
        )
    )
    return area / (last - first)


def _mean_size(before: float, after: float) -> float:
    """Mean of |d| where d goes on a line from one value to another."""
    if before * after >= 0:
        return (abs(before) + abs(after)) / 2
    return (before**2 + after**2) / (2 * (abs(before) + abs(after)))


def _on(curve: Curve, epochs: Iterable[float]) -> list[tuple[float, float]]:
    """The curve at more epochs, ascending, all within its own."""
    found, place = [], 0
    for epoch in epochs:
        while curve[place + 1][0] < epoch:
            place += 1
        (left, low), (right, high) = curve[place], curve[place + 1]
        found.append((epoch, low + (high - low) * (epoch - left) / (right - left)))
    return found
