"""A run's images through its epochs, worked out in a thread: answers, and some images' heat."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image

from core.messages import Problem
from core.runs.folder import Run

if TYPE_CHECKING:  # importing it loads torch
    from core.evaluation.epochs import Story, Tell
    from core.explain.map_layers import MapLayer

FOLLOWED = 6  # images at first
_SIDE = 144  # pixels of a frame at most
_SMALL = 48  # up to this side nothing may be lost in a frame


@dataclass(frozen=True)
class Followed:
    """Images with their heat maps of all epochs, as the browser draws them.

    Attributes:
        rows: Of the story.
        layers: All that have maps, to choose from.
        layer: Whose maps these are; "" if the model has none: the frames are the pictures then.
        pictures: What the models see, each as a data URL.
        strips: Of each image the frames of all epochs one under the other, as a data URL.
        left_out: Epochs of the story that have no frame, each with the reason.
    """

    rows: tuple[int, ...]
    layers: tuple[MapLayer, ...]
    layer: str
    pictures: tuple[str, ...]
    strips: tuple[str, ...]
    left_out: tuple[tuple[int, Problem], ...] = ()


def tell_story(
    run: Run, split: Literal["test", "val"], tell: Tell
) -> tuple[Story, Followed]:
    """Asks every checkpoint for its answers, then where it looks in the most telling images.

    Raises:
        ThawError: If no checkpoint, or the data, can be had.
    """
    from core.evaluation.epochs import telling_rows, through_epochs

    story = through_epochs(run, split, tell=lambda done, all: tell(done, 2 * all))
    rows = telling_rows(story, FOLLOWED)
    return story, follow(run, story, rows, "", lambda done, all: tell(done + all, 2 * all))


def follow(
    run: Run, story: Story, rows: Sequence[int], layer: str, tell: Tell
) -> Followed:
    """Asks every checkpoint of the story where it looks in these images; gone ones are left out.

    Args:
        layer: Of whose maps; "" for the default.

    Raises:
        ThawError: If no checkpoint or the data can't be had any more.
    """
    from core.explain.heat_of_epochs import heat_of_epochs

    places = [int(story.places[row]) for row in rows]
    found = heat_of_epochs(run, story.epochs, places, layer=layer, tell=tell)
    small = [_small(picture) for picture in found.pictures]
    return Followed(
        tuple(int(row) for row in rows), found.layers, found.layer,
        tuple(_as_url(picture) for picture in small),
        tuple(
            _strip(picture, [maps[at] for maps in found.maps]) if found.layer
            else _as_url(np.concatenate([picture] * len(found.maps)))
            for at, picture in enumerate(small)
        ),
        found.left_out,
    )


def _small(picture: np.ndarray) -> np.ndarray:
    side = max(picture.shape[:2])
    if side <= _SIDE:
        return picture
    return np.asarray(Image.fromarray(picture).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR))


def _strip(picture: np.ndarray, maps: Sequence[np.ndarray | None]) -> str:
    """The picture under each map; one that is None says nothing, as a map of zeros does."""
    from core.explain.overlay import overlay

    nothing = np.zeros((1, 1), np.float32)
    frames = [overlay(picture, nothing if heat is None else heat) for heat in maps]
    return _as_url(np.concatenate(frames))


def _as_url(pixels: np.ndarray) -> str:
    buffer, kind = io.BytesIO(), "png" if pixels.shape[1] <= _SMALL else "jpeg"
    Image.fromarray(pixels).save(buffer, kind, **({"quality": 90} if kind == "jpeg" else {}))
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
