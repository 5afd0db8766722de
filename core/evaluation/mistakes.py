"""Which images a checkpoint takes for what: mistakes, narrow hits, and what another one changed."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.judged import Judged
from core.messages import ThawError


def mistakes(judged: Judged, most: int | None = None) -> np.ndarray:
    """Rows of the images that were taken for another class, the most confident mistake first.

    Args:
        most: So many at most; None for all.
    """
    return _sorted(judged, ~judged.right, -judged.confidence)[:most]


def narrow_hits(judged: Judged, most: int | None = None) -> np.ndarray:
    """Rows of the images that were recognised, the least certain first."""
    return _sorted(judged, judged.right, judged.confidence)[:most]


def in_cell(judged: Judged, true: int, said: int) -> np.ndarray:
    """Rows of one cell of the confusion matrix, the most confident first."""
    cell = (judged.targets == true) & (judged.said == said)
    return _sorted(judged, cell, -judged.confidence)


@dataclass(frozen=True)
class Turned:
    """What two checkpoints say of the same images, as rows of both.

    Attributes:
        turned_right: The first was wrong, the second is right.
        turned_wrong: The first was right, the second is wrong.
        both_right: Neither changed.
        both_wrong: Though perhaps with another wrong class.
    """

    turned_right: np.ndarray
    turned_wrong: np.ndarray
    both_right: np.ndarray
    both_wrong: np.ndarray


def turned(first: Judged, second: Judged) -> Turned:
    """Which images turned right and which wrong, from one checkpoint to another.

    Raises:
        ThawError: If they judged other images, or have other classes.
    """
    same = first.classes == second.classes and np.array_equal(first.targets, second.targets)
    if not same or not np.array_equal(first.places, second.places):
        raise ThawError("runs.other_images")
    return Turned(
        np.flatnonzero(~first.right & second.right), np.flatnonzero(first.right & ~second.right),
        np.flatnonzero(first.right & second.right), np.flatnonzero(~first.right & ~second.right),
    )


def _sorted(judged: Judged, wanted: np.ndarray, key: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(wanted)
    return rows[np.argsort(key[rows], kind="stable")]
