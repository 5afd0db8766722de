"""The learning rate that a range test suggests, from its rates and losses alone.

The test is Smith's ("Cyclical Learning Rates for Training Neural Networks", 2017): the rate
rises exponentially from step to step. The suggestion is the steepest place of the smoothed
loss, as Gugger chose it ("How Do You Find A Good Learning Rate", 2018), but looked for only
within the last great fall before the minimum: the steepest gradient of the whole curve is taken
in by a spike, which is why fastai turned to the longest valley. No torch is imported here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.messages import Problem

FIRST, LAST, STEPS = 1e-7, 10.0, 100
DIVERGED = 4.0  # times the lowest smoothed loss: the test ends there

_IGNORED = 5  # steps: Adam's averages and a new head's noise say nothing yet
_LEAST = 20  # steps that a suggestion needs
_MEMORY = 0.8  # of the average: about five steps, 0.4 decades
_WINDOW = 5  # steps of the median, so that spikes of two steps leave no trace
_LEAST_FALL = 0.02  # of the level before it
_OF_NOISE = 2.0  # noise alone falls as deep in 4 of 1,000 flat curves (tests)
_BEGIN, _END = 0.2, 0.8  # of the way down, between which it is steepest


@dataclass(frozen=True)
class Suggestion:
    """What the curve says.

    Attributes:
        rate: At the steepest place of the fall; None if there is no clear fall.
        why_not: Why there is none.
        smoothed: At each step, without lag; None where the loss was no number.
        still_falling: Whether the loss had its minimum at the largest rate that was tried.
    """

    rate: float | None
    why_not: Problem | None
    smoothed: tuple[float | None, ...]
    still_falling: bool = False


def rate_at(step: int) -> float:
    """The rate of a step of the test, counted from 0."""
    return FIRST * (LAST / FIRST) ** (step / (STEPS - 1))


def averaged(losses: Sequence[float], memory: float = _MEMORY) -> list[float]:
    """The exponential moving average, divided by the weight that it has so far (as in Adam).

    Without that division it would begin near zero.
    """
    found, average = [], 0.0
    for count, loss in enumerate(losses, 1):
        average = memory * average + (1 - memory) * loss
        found.append(average / (1 - memory**count))
    return found


def has_diverged(losses: Sequence[float]) -> bool:
    """Whether the last loss is beyond what any rate would mend, or no number."""
    if not math.isfinite(losses[-1]):
        return True
    lowest = min(averaged(losses)[_IGNORED:], default=math.inf)
    return averaged(losses)[-1] > DIVERGED * lowest


def suggest(rates: Sequence[float], losses: Sequence[float]) -> Suggestion:
    """The suggestion of a curve.

    Args:
        rates: Rising.
        losses: Mean loss of the batch at each rate; may hold NaN and infinity.
    """
    kept = [place for place, loss in enumerate(losses) if math.isfinite(loss)]
    smooth = _smoothed(np.array([losses[place] for place in kept]))
    drawn: list[float | None] = [None] * len(losses)
    for place, value in zip(kept, smooth, strict=True):
        drawn[place] = float(value)
    if len(kept) < _LEAST:
        why = Problem("lr.too_few", {"steps": len(kept), "least": _LEAST})
        return Suggestion(None, why, tuple(drawn))
    used = slice(_IGNORED, None)
    noise = _noise(np.array([losses[place] for place in kept])[used], smooth[used])
    found = _steepest(np.log10([rates[place] for place in kept])[used], smooth[used], noise)
    if found is None:
        values = {"first": f"{rates[0]:.0e}", "last": f"{rates[kept[-1]]:.2g}"}
        return Suggestion(None, Problem("lr.no_fall", values), tuple(drawn))
    at_end = int(np.argmin(smooth)) >= len(kept) - 2 and len(kept) == len(losses)
    return Suggestion(_two_digits(10**found), None, tuple(drawn), at_end)


def _smoothed(losses: np.ndarray) -> np.ndarray:
    """A median against spikes, then averages from both sides, whose lags cancel each other."""
    if len(losses) < _WINDOW:
        return losses
    padded = np.pad(losses, _WINDOW // 2, mode="edge")
    calm = np.median(np.lib.stride_tricks.sliding_window_view(padded, _WINDOW), axis=1)
    # The end of a test that diverges would pull up what comes before it.
    calm = np.minimum(calm, max(calm.min() * DIVERGED, np.median(calm)))
    ahead, back = averaged(calm.tolist()), averaged(calm[::-1].tolist())[::-1]
    return (np.array(ahead) + np.array(back)) / 2


def _noise(losses: np.ndarray, smooth: np.ndarray) -> float:
    """How far the losses of steps lie from the curve: a robust standard deviation."""
    return float(1.4826 * np.median(np.abs(losses - smooth)))


def _steepest(logs: np.ndarray, smooth: np.ndarray, noise: float) -> float | None:
    """log10 of the rate where the loss falls fastest; None if it never falls clearly."""
    low = int(np.argmin(smooth))
    # Before the fall the loss stands still: its level is that of the first third of the way.
    level = float(np.median(smooth[: max(low // 3, 1)]))
    fall = level - float(smooth[low])
    if low < 3 or fall < max(_LEAST_FALL * abs(level), _OF_NOISE * noise):
        return None
    # The last time that it was high, so that neither an early spike nor an early dip counts.
    before = smooth[: low + 1]
    begin = int(np.flatnonzero(before >= level - _BEGIN * fall)[-1])
    end = begin + int(np.flatnonzero(before[begin:] <= level - _END * fall)[0])
    slope = np.gradient(smooth, logs)[begin : end + 1]
    return float(logs[begin + int(np.argmin(slope))])


def _two_digits(rate: float) -> float:
    return float(f"{rate:.1e}")
