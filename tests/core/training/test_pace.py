"""The time that is left."""

import pytest

from core.training.pace import Pace


def test_nothing_is_said_before_the_second_step():
    pace = Pace()
    assert pace.remaining(10, 1) is None
    pace.step_took(5.0)
    assert pace.remaining(10, 1) is None


def test_the_first_step_is_left_out():
    pace = Pace()
    for seconds in (5.0, 0.1, 0.1):
        pace.step_took(seconds)
    assert pace.remaining(10, 0) == pytest.approx(1.0)


def test_epoch_ends_count():
    pace = Pace()
    for seconds in (5.0, 0.1, 0.1):
        pace.step_took(seconds)
    for seconds in (2.0, 1.0, 1.0):
        pace.epoch_end_took(seconds)
    assert pace.remaining(10, 3) == pytest.approx(1.0 + 3.0)
