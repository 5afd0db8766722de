"""A predicted curve as a line over what a chart's axis counts: epochs, steps or seconds."""

from bisect import bisect_left
from collections.abc import Sequence

from core.runs.prediction import Prediction


def line(
    prediction: Prediction, places: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Points (place, accuracy in [0, 1]) from epoch 1 to the last epoch that has a place.

    Args:
        places: (epoch, place) of a run, epochs ascending; between two the place is on a line.
    """
    if not places or places[-1][0] < 1:
        return []
    first, last = max(places[0][0], 1.0), places[-1][0]
    epochs = {first, last} | {epoch for epoch, _ in prediction.points if first < epoch < last}
    return [(_placed(epoch, places), prediction.at(epoch)) for epoch in sorted(epochs)]


def _placed(epoch: float, places: Sequence[tuple[float, float]]) -> float:
    at = bisect_left(places, (epoch,))
    if places[at][0] == epoch:
        return places[at][1]
    (left, low), (right, high) = places[at - 1], places[at]
    return low + (high - low) * (epoch - left) / (right - left)
