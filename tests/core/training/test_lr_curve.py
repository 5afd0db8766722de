"""The suggestion of a range test, on curves whose answer is known."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from core.training.lr_curve import (
    DIVERGED,
    FIRST,
    LAST,
    STEPS,
    averaged,
    has_diverged,
    rate_at,
    suggest,
)

RATES = [rate_at(step) for step in range(STEPS)]
LOGS = np.log10(RATES)
Curve = Callable[[np.ndarray], np.ndarray]


def fall(logs: np.ndarray, at: float = -3.0) -> np.ndarray:
    """2.3 at first, steepest at `at`, 0.3 behind it, and beyond mending from 10^0 on."""
    return 0.3 + 2 / (1 + np.exp(4 * (logs - at))) + np.exp(3 * (logs - 0.3))


def noisy(values: np.ndarray, by: float, seed: int = 0) -> np.ndarray:
    return values + by * np.random.default_rng(seed).standard_normal(len(values))


def test_the_rates_rise_evenly_on_a_logarithmic_axis() -> None:
    assert RATES[0] == FIRST and RATES[-1] == pytest.approx(LAST) and len(RATES) == STEPS
    assert np.allclose(np.diff(LOGS), (math.log10(LAST) - math.log10(FIRST)) / (STEPS - 1))


@pytest.mark.parametrize("at", [-5.0, -4.0, -3.0, -2.0])
@pytest.mark.parametrize("noise", [0.0, 0.02, 0.1])
@pytest.mark.parametrize("seed", range(5))
def test_the_steepest_place_of_a_fall_is_found(at: float, noise: float, seed: int) -> None:
    found = suggest(RATES, noisy(fall(LOGS, at), noise, seed))
    assert found.why_not is None and not found.still_falling
    # Half of the fall lies within 0.27 decades of its middle, nine tenths within 0.74.
    assert math.log10(found.rate) == pytest.approx(at, abs=0.25 if noise == 0 else 0.75)


@pytest.mark.parametrize("first", [0, 4, 9, 20])
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_spike_before_the_fall_changes_little(first: int, steps: int) -> None:
    losses = fall(LOGS)
    losses[first : first + steps] = 40.0
    assert math.log10(suggest(RATES, losses).rate) == pytest.approx(-3, abs=0.5)
    # What the steepest gradient of the averaged losses says, without any of it:
    naive = LOGS[int(np.argmin(np.gradient(averaged(losses), LOGS)))]
    assert abs(naive + 3) > 1


def test_a_spike_within_the_fall_and_a_dip_before_it() -> None:
    losses = fall(LOGS)
    losses[50] = 30.0
    losses[12:14] = 0.01
    assert math.log10(suggest(RATES, losses).rate) == pytest.approx(-3, abs=0.5)


def test_losses_that_are_no_numbers_are_left_out() -> None:
    losses = noisy(fall(LOGS), 0.02)
    losses[[30, 31, 48, 55]] = math.nan
    losses[20] = math.inf
    found = suggest(RATES, losses)
    assert math.log10(found.rate) == pytest.approx(-3, abs=0.5)
    holes = [place for place, value in enumerate(found.smoothed) if value is None]
    assert holes == [20, 30, 31, 48, 55]
    ended = suggest(RATES[:70], [*fall(LOGS)[:69], math.nan])
    assert math.log10(ended.rate) == pytest.approx(-3, abs=0.3) and not ended.still_falling


def test_a_curve_that_still_falls_at_its_end_says_so() -> None:
    found = suggest(RATES, 2.3 - 0.2 * (LOGS + 7))
    assert found.rate is not None and found.still_falling
    assert -6 < math.log10(found.rate) < 1


@pytest.mark.parametrize(
    "curve",
    [
        lambda logs: np.full(len(logs), 2.3),
        lambda logs: noisy(np.full(len(logs), 2.3), 0.3, 1),
        lambda logs: 2.3 + np.exp(2 * logs),  # never improves, then diverges
        lambda logs: noisy(2.3 + np.exp(2 * logs), 0.2, 2),
        lambda logs: 2.3 - 0.01 / (1 + np.exp(-4 * (logs + 3))),  # half a per cent
    ],
)
def test_without_a_clear_fall_nothing_is_suggested_and_it_is_said_why(curve: Curve) -> None:
    found = suggest(RATES, curve(LOGS))
    assert found.rate is None and found.why_not.id == "lr.no_fall"
    assert len(found.smoothed) == STEPS


def test_noise_alone_hardly_ever_suggests_anything() -> None:
    flat = np.full(STEPS, 2.3)
    taken_in = [seed for seed in range(1000) if suggest(RATES, noisy(flat, 0.3, seed)).rate]
    assert len(taken_in) <= 10


@pytest.mark.parametrize("losses", [[], [2.3], [math.nan] * 40, [2.3, 2.2] * 5])
def test_too_few_numbers_suggest_nothing(losses: list[float]) -> None:
    found = suggest(RATES[: len(losses)], losses)
    assert found.rate is None and found.why_not.id == "lr.too_few"
    assert len(found.smoothed) == len(losses)


def test_the_average_is_not_pulled_towards_zero_at_its_beginning() -> None:
    assert averaged([3.0, 3.0, 3.0]) == pytest.approx([3.0, 3.0, 3.0])
    assert averaged([1.0, 2.0], memory=0.5) == pytest.approx([1.0, (0.25 + 1.0) / 0.75])


def test_the_test_ends_when_the_loss_is_beyond_mending() -> None:
    assert has_diverged([1.0, math.nan]) and has_diverged([math.inf])
    flat = [1.0] * 30
    assert not has_diverged([*flat, 3.0])  # one bad batch is no end
    assert not has_diverged([50.0, *flat[:5]])  # nor is a beginning
    assert has_diverged([*flat, *[DIVERGED * 1.5] * 20])
