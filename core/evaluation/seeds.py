"""Runs of one recipe that differ in their seed alone, as one line: mean and band."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from core.evaluation import comparison
from core.evaluation.chart_points import smoothed
from core.evaluation.run_series import Series
from core.recipe import Recipe

_SEED = "train.seed"


def groups(recipes: Mapping[str, Recipe]) -> list[list[str]]:
    """The keys of recipes that are equal but for name and seed, in the order given.

    Args:
        recipes: By any key, such as a run's id.

    Returns:
        A list for each recipe; one that no other equals stands alone in its own.
    """
    found: dict[tuple, list[str]] = {}
    for key, recipe in recipes.items():
        same = comparison.settings(recipe)
        same.pop(_SEED)
        found.setdefault(tuple(map(repr, same.values())), []).append(key)
    return list(found.values())


@dataclass(frozen=True)
class Band:
    """A metric over several runs, at the steps that all of them have.

    Attributes:
        mean: A series: the mean of the values, and of seconds and samples.
        low: The lowest of the runs at each step, float64 [N].
        high: The highest.
        runs: How many.
    """

    mean: Series
    low: np.ndarray
    high: np.ndarray
    runs: int


def band(series: Sequence[Series], weight: float = 0.0) -> Band:
    """Mean, lowest and highest of the runs, step by step.

    Args:
        series: At least one; of one recipe, so that a step is the same moment of each.
        weight: Each run is smoothed so before (see `chart_points.smoothed`).
    """
    steps = reduce(np.intersect1d, [one.step for one in series])
    # The record of a step: the last, where the end of one epoch and a step have the same number.
    rows = [np.searchsorted(one.step, steps, side="right") - 1 for one in series]
    values = np.array([
        smoothed(one.value, weight)[at] for one, at in zip(series, rows, strict=True)
    ])
    parts = [one.at(at) for one, at in zip(series, rows, strict=True)]
    mean = Series(
        steps, parts[0].epoch, np.mean([one.samples for one in parts], axis=0),
        np.mean([one.seconds for one in parts], axis=0), values.mean(axis=0),
    )
    return Band(mean, values.min(axis=0), values.max(axis=0), len(series))
