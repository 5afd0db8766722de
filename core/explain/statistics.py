"""What a tensor holds, in a few numbers: of all its values, and of each channel."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import Tensor

Order = Literal["number", "strongest", "weakest"]

# A channel is constant if its values span less than this share of the layer's largest value.
CONSTANT = 1e-6


@dataclass(frozen=True)
class Statistics:
    """Of all values of a tensor.

    Attributes:
        mean: NaN where a value is not finite, as the next three.
        std: Of the values as they are (divided by their number).
        min: The smallest.
        max: The largest.
        zeros: Share of values that are exactly zero, in [0, 1].
        finite: Whether all values are finite numbers.
    """

    mean: float
    std: float
    min: float
    max: float
    zeros: float
    finite: bool


@dataclass(frozen=True)
class ChannelStatistics:
    """Of each channel for one picture; arrays [C].

    Attributes:
        mean: Of its values.
        std: Of its values, divided by their number.
        min: The smallest.
        max: The largest.
        zeros: Share of its values that are exactly zero.
        strength: Mean of the absolute values.
        dead: Every value is exactly zero.
        constant: Not dead, but the same value everywhere: it tells nothing of where. Never
            where a channel has a single value.
    """

    mean: np.ndarray
    std: np.ndarray
    min: np.ndarray
    max: np.ndarray
    zeros: np.ndarray
    strength: np.ndarray
    dead: np.ndarray
    constant: np.ndarray


def statistics(values: Tensor) -> Statistics:
    """Of a tensor of any shape that holds a value at least."""
    values = values.detach().double()
    if not (finite := bool(values.isfinite().all())):
        nan = float("nan")
        return Statistics(nan, nan, nan, nan, float((values == 0).double().mean()), finite)
    low, high = values.aminmax()
    return Statistics(
        mean=float(values.mean()), std=float(values.std(correction=0)), min=float(low),
        max=float(high), zeros=float((values == 0).double().mean()), finite=finite,
    )


def channel_statistics(maps: Tensor) -> ChannelStatistics:
    """Of maps [C, H, W]."""
    values = maps.detach().flatten(1).double()
    low, high = values.aminmax(dim=1)
    dead = (values == 0).all(1)
    same = high - low <= CONSTANT * values.abs().max()
    if values.shape[1] == 1:
        same.zero_()
    found = (
        values.mean(1), values.std(1, correction=0), low, high, (values == 0).double().mean(1),
        values.abs().mean(1), dead, same & ~dead,
    )
    return ChannelStatistics(*(array.numpy() for array in found))


def ordered(strength: np.ndarray, by: Order) -> np.ndarray:
    """Numbers of channels in this order; those of equal strength as they are numbered."""
    if by == "number":
        return np.arange(len(strength))
    known = np.nan_to_num(strength, nan=-1.0)
    return np.argsort(known if by == "weakest" else -known, kind="stable")
