"""The images that a run was not trained on, told apart by its own split."""

from typing import Literal

import numpy as np

from core.data import load
from core.data.load import ImageData
from core.data.split import split_of
from core.evaluation.model_of import LoadedModel
from core.messages import ThawError
from core.training import same_data


def held_out_images(
    loaded: LoadedModel, split: Literal["test", "val"]
) -> tuple[ImageData, np.ndarray]:
    """All images of the run's data, and the indices of those in the split.

    Raises:
        ThawError: If the data is not what the run had, or is gone.
    """
    recipe = loaded.recipe
    data = load.load_images(recipe.data.name, recipe.data.path, only=recipe.data.only)
    if loaded.fingerprint and data.fingerprint != loaded.fingerprint and not (
        loaded.run and same_data.are_same(loaded.run, recipe.data, data)
    ):
        # Another order or other images would move training images into the held-out ones.
        raise ThawError("runs.data_changed", data=recipe.data.name)
    return data, getattr(split_of(recipe.split, data), split)
