"""A heat map laid over the picture that it is about."""

from functools import cache

import numpy as np
import torch
from torch.nn import functional

# Inferno (Smith and van der Walt, matplotlib; CC0): perceptually uniform from black to yellow, so
# a step of heat looks as large everywhere, also without colour vision. Ten of its colours; the
# straight lines between them stay within a few levels of it.
_INFERNO = (
    "000004", "1b0c42", "4b0c6b", "781c6d", "a52c60", "cf4446", "ed6925", "fb9a06", "f7d03c",
    "fcffa4",
)
_GREY = (0.299, 0.587, 0.114)  # luma of red, green and blue, as ITU-R BT.601 has it


def overlay(
    picture: np.ndarray, heat: np.ndarray, opacity: float = 0.6, highest: float | None = None
) -> np.ndarray:
    """The picture in grey under the colours of the heat: uint8 [H, W, 3].

    Args:
        picture: uint8 [H, W, 3].
        heat: [h, w], of any size; stretched bilinearly over the picture. Below zero and what is
            not finite count as zero.
        opacity: Of the colours, in [0, 1]; with 0 the picture stays in its own colours.
        highest: What has the brightest colour; by default the map's own highest value. A map of
            zeros has the darkest one everywhere.
    """
    if opacity == 0:
        return picture.copy()
    colours = colour(stretched(heat, picture.shape[:2]), highest)
    grey = (picture @ np.array(_GREY))[..., None]
    return np.rint((1 - opacity) * grey + opacity * colours).astype(np.uint8)


def stretched(heat: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The map [h, w] stretched bilinearly to height and width: float32, nothing below zero."""
    values = np.nan_to_num(np.asarray(heat, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    small = torch.from_numpy(np.maximum(values, 0))[None, None]
    return functional.interpolate(small, size, mode="bilinear", align_corners=False)[0, 0].numpy()


def colour(heat: np.ndarray, highest: float | None = None) -> np.ndarray:
    """Of each value its colour: uint8 [H, W, 3], from black for zero to yellow for the highest."""
    top = float(heat.max()) if highest is None else highest
    share = np.clip(heat / top, 0, 1) if top > 0 else np.zeros_like(heat)
    return ramp()[np.rint(share * 255).astype(np.uint8)]


@cache
def ramp() -> np.ndarray:
    """The colours from the lowest to the highest heat, uint8 [256, 3]."""
    stops = np.array([[int(one[at : at + 2], 16) for at in (0, 2, 4)] for one in _INFERNO])
    places = np.linspace(0, 255, len(stops))
    channels = [np.interp(np.arange(256), places, stops[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, 1)).astype(np.uint8)
