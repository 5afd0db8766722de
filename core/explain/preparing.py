"""A picture on its way into a model: the weights' own transforms, step by step."""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from core.models.catalogue import ModelEntry


@dataclass(frozen=True)
class Preparation:
    """What a picture goes through before a model sees it.

    Attributes:
        resize: Shorter side after resizing, in pixels.
        crop: Height and width of the middle that is cut out.
        interpolation: Of the resizing, as torchvision names it.
        mean: Of each channel, for the normalisation.
        std: Of each channel.
    """

    resize: int
    crop: int
    interpolation: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


def preparation(entry: ModelEntry, weights: str, size: int) -> Preparation:
    """What the weights' own transforms do; for `"none"` those of the model's default weights.

    Args:
        entry: A model that takes one picture.
        weights: Name of one of its weights entries, or `"none"`.
        size: Side of the input in pixels; resizing follows where it is not the weights' own.
    """
    chosen = entry.find_weights(weights) or entry.find_weights(entry.default_weights)
    return Preparation(
        resize=round(size * chosen.resize_size / chosen.crop_size), crop=size,
        interpolation=chosen.interpolation or "bilinear", mean=chosen.mean, std=chosen.std,
    )


def prepare(picture: Image.Image, how: Preparation) -> np.ndarray:
    """The picture as the model sees it, before the normalisation: uint8 [S, S, 3]."""
    mode = InterpolationMode(how.interpolation)
    resized = functional.resize(picture, [how.resize], mode, antialias=True)
    return np.asarray(functional.center_crop(resized, [how.crop, how.crop]))


def as_input(pixels: np.ndarray, how: Preparation) -> Tensor:
    """A batch of one: uint8 [S, S, 3] -> float32 [1, 3, S, S], normalised."""
    values = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None].float() / 255
    return functional.normalize(values, list(how.mean), list(how.std))
