"""Pictures in their own colours, or normalised as the draft's weights ask for it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.models import catalogue
from core.recipe import Recipe
from pages.state import draft

_ORIGINAL, _NORMALISED = "original", "normalised"


@dataclass(frozen=True)
class Colours:
    """What is done to pictures [..., 3, H, W] in [0, 1] before they are shown.

    Attributes:
        mean: Of each channel; () for the original colours.
        std: Of each channel, likewise.
        model: Whose weights ask for it.
    """

    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    model: str = ""

    @property
    def normalises(self) -> bool:
        """Whether the values change."""
        return bool(self.mean)

    def normalise(self, pictures: np.ndarray) -> np.ndarray:
        """`(picture - mean) / std`, channel by channel, in the pictures' own dtype."""
        mean, std = (
            np.asarray(one, pictures.dtype)[:, None, None] for one in (self.mean, self.std)
        )
        return (pictures - mean) / std

    def as_seen(self, values: np.ndarray) -> np.ndarray:
        """Values for the screen, in [0, 1]: one scale for all channels."""
        if not self.normalises:
            return values
        low, high = self._range()
        return (values - low) / (high - low)

    def said(self) -> str:
        """What was done, in Markdown."""
        low, high = self._range()
        mean, std = (", ".join(f"{one:g}" for one in numbers) for numbers in (self.mean, self.std))
        return (
            f"As {self.model} would see it: (value − mean) / std with mean ({mean}) and std "
            f"({std}) of its weights. Black is {low:.2f}, white is {high:.2f}, in all channels."
        )

    def _range(self) -> tuple[float, float]:
        """The lowest and the highest value that a picture in [0, 1] can have."""
        pairs = list(zip(self.mean, self.std, strict=True))
        return (
            min(-mean / std for mean, std in pairs), max((1 - mean) / std for mean, std in pairs)
        )


def edit() -> Colours:
    """Draws the choice."""
    chosen = st.segmented_control(
        "Colours", [_ORIGINAL, _NORMALISED], default=_ORIGINAL, required=True,
        key="batches.colours", persist_state="session",
        help="Normalised by the mean and standard deviation of your recipe's weights.",
    )
    return Colours() if chosen == _ORIGINAL else colours_of(draft.get())


def colours_of(recipe: Recipe) -> Colours:
    """As training normalises: by the weights, or by those that the model has by default."""
    entry = catalogue.find_model(recipe.model.name)
    weights = catalogue.find_weights(recipe.model.name, recipe.model.weights)
    shown = weights or catalogue.find_weights(entry.name, entry.default_weights)
    return Colours(tuple(shown.mean), tuple(shown.std), entry.name)
