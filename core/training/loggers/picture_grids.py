"""Pictures in a grid, as they were before they were normalised, each with a word below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional

from core.models import catalogue
from core.training.devices import autocast
from core.training.objective import logits_of, predicted

if TYPE_CHECKING:
    from core.recipe import Recipe
    from core.training.loop import Training

_PICTURES, _ROW = 16, 8
_SIDE, _WORD = 96, 14  # pixels of a picture, and of the line below it
_INK, _PAPER = (21, 37, 44), (255, 255, 255)
_RIGHT, _WRONG = (14, 118, 110), (194, 65, 12)

Colours = tuple[Tensor, Tensor]


def colours_of(recipe: Recipe) -> Colours:
    """Mean and standard deviation that the pictures were normalised with, each [3, 1, 1]."""
    entry = catalogue.find_model(recipe.model.name)
    weights = catalogue.find_weights(recipe.model.name, recipe.model.weights)
    shown = weights or catalogue.find_weights(entry.name, entry.default_weights)
    return torch.tensor(shown.mean).view(3, 1, 1), torch.tensor(shown.std).view(3, 1, 1)


def first_of(batches: Iterable[tuple[Tensor, Tensor]]) -> tuple[Tensor, list[int]]:
    """The first pictures of the first batch, [N, 3, S, S], and their targets; at most sixteen."""
    pictures, targets = next(iter(batches))
    return pictures[:_PICTURES].cpu().clone(), targets[:_PICTURES].tolist()


@torch.no_grad()
def predictions(training: Training, pictures: Tensor) -> list[int]:
    """The class of each picture by the model as it is; every module's mode stays."""
    model = training.model
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with autocast(training.device, training.recipe.train.precision):
            logits = logits_of(model(pictures.to(training.device)))
    finally:
        for module, mode in modes.items():
            module.training = mode
    return predicted(logits).tolist()


def grid(
    pictures: Tensor, words: Sequence[str], colours: Colours, right: Sequence[bool] | None = None
) -> NDArray[np.uint8]:
    """One picture of all, [3, H, W].

    Args:
        pictures: [N, 3, S, S], normalised.
        words: What stands below each; cut where it is too long.
        colours: What they were normalised with.
        right: Whether each word is right, shown by its colour; None: nothing is claimed.
    """
    mean, std = colours
    plain = (pictures.float() * std + mean).clamp(0, 1)
    plain = functional.interpolate(plain, size=(_SIDE, _SIDE), mode="nearest-exact")
    tiles = (plain * 255).round().byte().permute(0, 2, 3, 1).numpy()
    rows = -(-len(tiles) // _ROW)
    columns = min(len(tiles), _ROW)
    canvas = Image.new("RGB", (columns * (_SIDE + 2), rows * (_SIDE + _WORD + 2)), _PAPER)
    draw = ImageDraw.Draw(canvas)
    for place, (tile, word) in enumerate(zip(tiles, words, strict=True)):
        left, top = place % _ROW * (_SIDE + 2), place // _ROW * (_SIDE + _WORD + 2)
        canvas.paste(Image.fromarray(tile), (left, top))
        ink = _INK if right is None else _RIGHT if right[place] else _WRONG
        mark = "" if right is None or right[place] else "wrong: "
        draw.text((left + 2, top + _SIDE + 1), _cut(draw, mark + word), fill=ink)
    return np.asarray(canvas).transpose(2, 0, 1)


def _cut(draw: ImageDraw.ImageDraw, word: str) -> str:
    while word and draw.textlength(word) > _SIDE - 2:
        word = word[:-1]
    return word
