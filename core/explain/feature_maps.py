"""What one layer makes of a picture: its maps as pictures, with what each channel holds."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import Tensor
from torch.nn import functional

from core.explain.layout import Kind, lay_out
from core.explain.statistics import (
    ChannelStatistics,
    Order,
    Statistics,
    channel_statistics,
    ordered,
    statistics,
)

SIDE = 112  # pixels of a map that is kept; larger ones are averaged down to it
Scale = Literal["each", "all"]


@dataclass(frozen=True)
class FeatureMaps:
    """The output of a layer for one picture.

    Attributes:
        kind: What it is made of.
        shape: Of the output, without the batch.
        statistics: Of all its values.
        channels: Of each map, at its full size.
        maps: float32 [C, h, w], no side longer than `SIDE`; of a vector [D, 1, 1].
        map_size: Height and width of a map as the layer gave it.
        aside: The class token, float32 [D]; None where there is none.
    """

    kind: Kind
    shape: tuple[int, ...]
    statistics: Statistics
    channels: ChannelStatistics
    maps: np.ndarray
    map_size: tuple[int, int]
    aside: np.ndarray | None

    def order(self, by: Order) -> np.ndarray:
        """The channels' numbers in this order; by strength, that is the mean absolute value."""
        return ordered(self.channels.strength, by)

    def tiles(self, channels: np.ndarray, scale: Scale) -> np.ndarray:
        """Maps as pictures: uint8 [K, h, w], 0 the lowest value and 255 the highest.

        Args:
            channels: Their numbers.
            scale: Lowest and highest of each map by itself, or of all the layer's maps.
        """
        chosen = self.maps[channels]
        if scale == "all":
            return as_levels(chosen, np.nanmin(self.maps), np.nanmax(self.maps))
        low, high = (f(chosen, axis=(1, 2), keepdims=True) for f in (np.nanmin, np.nanmax))
        return as_levels(chosen, low, high)


def feature_maps(output: Tensor, *, channels_last: bool = False) -> FeatureMaps:
    """A layer's output, with the batch of one in front, as maps with their statistics.

    Args:
        channels_last: As `lay_out` takes it.
    """
    found = lay_out(output.float(), channels_last=channels_last)
    aside = None if found.aside is None else found.aside.numpy()
    return FeatureMaps(
        kind=found.kind, shape=tuple(output.shape[1:]), statistics=statistics(output),
        channels=channel_statistics(found.maps), maps=shrunk(found.maps).numpy(),
        map_size=(found.maps.shape[1], found.maps.shape[2]), aside=aside,
    )


def shrunk(maps: Tensor, side: int = SIDE) -> Tensor:
    """Maps [C, H, W] averaged down so that no side is longer; smaller ones stay as they are."""
    height, width = maps.shape[1:]
    if max(height, width) <= side:
        return maps.contiguous()
    return functional.adaptive_avg_pool2d(maps[None], (min(height, side), min(width, side)))[0]


def as_levels(
    values: np.ndarray, low: np.ndarray | float, high: np.ndarray | float
) -> np.ndarray:
    """Values as uint8: `low` and below 0, `high` and above 255; 0 where both are the same."""
    span = np.asarray(high, np.float64) - low
    share = (values - low) / np.where(span > 0, span, 1.0)
    return np.rint(np.clip(np.nan_to_num(share), 0, 1) * 255).astype(np.uint8)
