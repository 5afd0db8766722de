"""The weights that come with Thaw: small models that read letters. No torch is imported here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.messages import ThawError

if TYPE_CHECKING:
    from torch import Tensor

FOLDER = Path(__file__).with_name("weights")


@dataclass(frozen=True)
class BundledWeights:
    """One file of weights and what it is for; the card beside it says how it was made.

    Attributes:
        name: Of the weights entry.
        model: torchvision's name of the architecture.
        file: In `FOLDER`; loads with `weights_only=True`.
        categories: Class of each output of its own head.
        input_size: Height and width in pixels.
        mean: Of each channel, for the normalisation.
        std: Of each channel, for the normalisation.
        accuracy: Percent of letters read, of fonts that it was not trained on.
        params: With its own head.
        gmacs: Multiply-adds of one picture in 10^9.
        sha256: Of the file.
    """

    name: str
    model: str
    file: str
    categories: tuple[str, ...]
    input_size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    accuracy: float
    params: int
    gmacs: float
    sha256: str

    @property
    def card(self) -> Path:
        """How it was made and measured, and its licence."""
        return (FOLDER / self.file).with_suffix(".md")


# Capitals that fill their box as their small letter does are one class with it.
_LETTERS = tuple("abcdefghijklmnopqrstuvwxyzABDEFGHJLMNQRTY")

BUNDLED: tuple[BundledWeights, ...] = (
    BundledWeights(
        name="LETTERS",
        model="shufflenet_v2_x1_0",
        file="shufflenet_v2_x1_0_letters.pt",
        categories=_LETTERS,
        input_size=64,
        mean=(0.3, 0.3, 0.3),
        std=(0.35, 0.35, 0.35),
        accuracy=90.2,
        params=1_295_629,
        gmacs=0.012,
        sha256="c1a44f5f85d1f1c78f43a5d5568980b32126b899d08bca85e99e24188c5cee87",
    ),
)


def bundled_for(model: str) -> tuple[BundledWeights, ...]:
    """The bundled weights of a model."""
    return tuple(weights for weights in BUNDLED if weights.model == model)


def find_bundled(model: str, name: str) -> BundledWeights:
    """The bundled weights of a model by their name.

    Raises:
        LookupError: If it has none of that name.
    """
    for weights in bundled_for(model):
        if weights.name == name:
            return weights
    raise LookupError(f"{model} has no bundled weights {name}")


def load_bundled(weights: BundledWeights) -> dict[str, Tensor]:
    """The state dict, float32, with the head of its own categories.

    Raises:
        ThawError: If the file is missing or not the one that belongs to this version.
    """
    import torch

    path = FOLDER / weights.file
    try:
        data = path.read_bytes()
    except OSError:
        raise ThawError("models.bundled_missing", file=str(path)) from None
    if hashlib.sha256(data).hexdigest() != weights.sha256:
        raise ThawError("models.bundled_damaged", file=str(path))
    return torch.load(path, map_location="cpu", weights_only=True)
