"""Shapes that a predicted curve can begin as, and the epochs that one draws at."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Shape = Literal["fast", "steady", "overfits", "chance"]
SHAPES: tuple[Shape, ...] = ("fast", "steady", "overfits", "chance")
MOST_POINTS = 9  # more can't be told apart by a finger
_BEND = 4.0  # how much faster than a line "fast" rises at first
_FALL = 0.15  # from the best epoch of "overfits" to its last one


@dataclass(frozen=True)
class Wanted:
    """What fixes a shape.

    Attributes:
        final: Accuracy after the last epoch, in [0, 1].
        reached: The epoch at which it is reached; of "overfits" that of the best one.
        epochs: Of the run.
        chance: Accuracy of guessing, in [0, 1].
    """

    final: float
    reached: float
    epochs: int
    chance: float


def accuracies(shape: Shape, at: Sequence[float], wanted: Wanted) -> list[float]:
    """The accuracy of a shape after these epochs, each in [0, 1]."""
    return [min(max(_accuracy(shape, epoch, wanted), 0.0), 1.0) for epoch in at]


def epochs_to_draw(epochs: int) -> list[int]:
    """From 1 to the last one: all, or `MOST_POINTS` of them evenly spread."""
    if epochs <= MOST_POINTS:
        return list(range(1, epochs + 1))
    last = MOST_POINTS - 1
    return [round(1 + (epochs - 1) * place / last) for place in range(MOST_POINTS)]


def _accuracy(shape: Shape, epoch: float, wanted: Wanted) -> float:
    if shape == "chance":
        return wanted.chance
    share = min(epoch / wanted.reached, 1.0)
    bent = (1 - math.exp(-_BEND * share)) / (1 - math.exp(-_BEND))
    if shape == "steady":
        return wanted.chance + (wanted.final - wanted.chance) * share
    if shape == "fast":
        return wanted.chance + (wanted.final - wanted.chance) * bent
    best = wanted.final + (_FALL if wanted.reached < wanted.epochs else 0.0)
    if epoch <= wanted.reached:
        return wanted.chance + (min(best, 1.0) - wanted.chance) * bent
    fallen = (epoch - wanted.reached) / (wanted.epochs - wanted.reached)
    return min(best, 1.0) + (wanted.final - min(best, 1.0)) * fallen
