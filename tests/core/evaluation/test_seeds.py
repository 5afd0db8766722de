"""Runs that differ in their seed alone: which they are, and their band by hand."""

import numpy as np
import pytest

from core.evaluation.run_series import Series
from core.evaluation.seeds import band, groups
from core.recipe import FreezePlan, Recipe, SplitSpec, TrainSpec


def series(steps: list[int], values: list[float], seconds: float = 1.0) -> Series:
    step = np.array(steps)
    return Series(step, step // 10 + 1, 32.0 * step, seconds * step, np.array(values, dtype=float))


def test_only_name_and_seed_may_differ() -> None:
    def of(seed: int, **other: object) -> Recipe:
        return Recipe(name=f"seed {seed}", train=TrainSpec(seed=seed), **other)

    probe = FreezePlan(preset="linear_probe")
    recipes = {
        "a": of(0), "p": of(0, freeze=probe), "b": of(1), "c": of(2),
        "split": of(3, split=SplitSpec(seed=5)), "q": of(7, freeze=probe),
    }
    assert groups(recipes) == [["a", "b", "c"], ["p", "q"], ["split"]]
    assert groups({}) == []


def test_mean_and_band_by_hand() -> None:
    found = band([series([1, 2, 3], [1, 2, 6], 1.0), series([1, 2, 3], [3, 2, 0], 3.0)])
    assert found.runs == 2
    assert found.mean.value.tolist() == [2, 2, 3]
    assert found.low.tolist() == [1, 2, 0]
    assert found.high.tolist() == [3, 2, 6]
    assert found.mean.seconds.tolist() == [2, 4, 6]
    assert found.mean.step.tolist() == [1, 2, 3]


def test_only_steps_that_all_have() -> None:
    found = band([series([1, 2, 3, 4], [1, 1, 1, 1]), series([2, 4, 6], [3, 5, 9])])
    assert found.mean.step.tolist() == [2, 4]
    assert found.mean.value.tolist() == [2, 3]
    apart = band([series([1], [1]), series([2], [2])])
    assert len(apart.mean) == len(apart.low) == 0


def test_each_run_is_smoothed_before() -> None:
    one, two = series([1, 2], [0, 3]), series([1, 2], [6, 0])
    # 0, (0.5 · 0 + 3) / 1.5 = 2 and 6, (0.5 · 6 + 0) / 1.5 = 2
    found = band([one, two], weight=0.5)
    assert found.mean.value == pytest.approx([3, 2])
    assert found.low == pytest.approx([0, 2])
    assert found.high == pytest.approx([6, 2])
