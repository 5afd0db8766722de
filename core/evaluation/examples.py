"""A few images that a run never saw, with the truth beside what its model says."""

from dataclasses import dataclass

import numpy as np

from core.data.load import ImageData
from core.evaluation.held_out import held_out_images
from core.evaluation.model_of import LoadedModel
from core.evaluation.predict import Prediction, predict_pixels


@dataclass(frozen=True)
class Example:
    """One held-out image.

    Attributes:
        truth: Name of its class.
        picture: As it is stored, uint8 [H, W, 3].
    """

    truth: str
    picture: np.ndarray
    prediction: Prediction


def draw_examples(loaded: LoadedModel, count: int, *, seed: int, top: int = 5) -> list[Example]:
    """So many images of the test split; the same ones for the same seed.

    Raises:
        ThawError: If the data is not what the run had, or is gone.
    """
    data, indices = held_out_images(loaded, "test")
    drawn = np.random.default_rng(seed).choice(indices, min(count, len(indices)), replace=False)
    return [_example(loaded, data, int(index), top) for index in drawn]


def _example(loaded: LoadedModel, data: ImageData, index: int, top: int) -> Example:
    pixels = data.image(index)
    return Example(
        data.classes[int(data.targets[index])],
        pixels.permute(1, 2, 0).numpy(),
        predict_pixels(loaded, pixels, top=top),
    )
