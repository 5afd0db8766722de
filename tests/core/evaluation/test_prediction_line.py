"""A predicted curve over the axis of a chart."""

import numpy as np
import pytest

from core.evaluation.prediction_line import line
from core.runs.prediction import Prediction

ADA = Prediction(name="Ada", points=((1, 0.2), (3, 0.6), (9, 0.9)))


def same(found: list[tuple[float, float]], *wanted: tuple[float, float]) -> bool:
    return np.shape(found) == np.shape(wanted) and np.allclose(found, wanted)


def test_over_steps_with_the_end_of_the_run_still_to_come() -> None:
    found = line(ADA, [(0, 0), (1, 10), (2, 20), (10, 100)])
    assert same(found, (10, 0.2), (30, 0.6), (90, 0.9), (100, 0.9))


def test_it_ends_with_the_run() -> None:
    assert same(line(ADA, [(0, 0), (1, 7), (2, 14)]), (7, 0.2), (14, 0.4))


def test_epochs_that_took_unevenly_long() -> None:
    found = line(ADA, [(1, 2.0), (2, 3.0), (4, 9.0)])
    assert same(found, (2, 0.2), (6, 0.6), (9, 0.65))


def test_a_final_accuracy_is_a_level() -> None:
    alone = Prediction(name="Ada", kind="final", points=((5, 0.8),))
    assert same(line(alone, [(0, 0), (5, 50)]), (10, 0.8), (50, 0.8))


@pytest.mark.parametrize("places", [[], [(0, 0)]])
def test_before_the_first_epoch_there_is_none(places: list) -> None:
    assert line(ADA, places) == []


def test_a_single_epoch_is_a_point() -> None:
    assert line(ADA, [(1, 5)]) == [(5, 0.2)]
