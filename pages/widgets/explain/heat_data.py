"""Where models look, as data that all sessions share; they hand on arrays alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.runs.folder import Run
from pages.widgets import torch_ready
from pages.widgets.runs import evaluated

if TYPE_CHECKING:  # importing them loads torch
    from core.data.load import ImageData
    from core.explain.ablation_cam import GoOn
    from core.explain.asked_model import AskedModel
    from core.explain.feature_maps import FeatureMaps
    from core.explain.map_layers import MapLayer

START = "start"  # in the place of a checkpoint: the model before the first step
Stamp = tuple[str, int, int]
# Streamlit tells large arrays apart by a sample of their values.
_EXACT = {np.ndarray: lambda array: (array.shape, array.tobytes())}


@dataclass(frozen=True)
class Asked:
    """Which model is asked: a run's checkpoint as it is now, or the model that it began with.

    Attributes:
        which: "best", "last", an epoch, or `START`.
        stamp: What tells this content of the checkpoint from another.
    """

    which: str
    stamp: Stamp


@dataclass(frozen=True)
class Picture:
    """One picture as it is stored.

    Attributes:
        pixels: uint8 [H, W, 3].
        truth: Its class, or None where nobody said.
        name: What it is called.
    """

    pixels: np.ndarray
    truth: int | None
    name: str


@dataclass(frozen=True)
class About:
    """What is known of a model before it is asked anything.

    Attributes:
        layers: Those with maps.
        default: The one to begin with.
        epoch: 0 before the first step.
    """

    classes: tuple[str, ...]
    layers: tuple[MapLayer, ...]
    default: str
    epoch: int


def asked(run: Run, which: str) -> Asked:
    """A run's model to ask.

    Raises:
        ThawError: If the run has no such checkpoint.
    """
    if which == START:  # the same whatever is trained
        return Asked(which, (str(run.path), 0, 0))
    return Asked(which, evaluated.stamp(run, which))


def about(model: Asked) -> About:
    """Classes and layers; raises ThawError if the model can't be had or has no maps."""
    found = _model(model)
    return About(found.loaded.classes, found.layers, found.default, found.loaded.epoch)


def held_out(model: Asked, index: int) -> Picture:
    """An image of the data set that the run had."""
    data, _ = _data(model)
    pixels = data.image(index).permute(1, 2, 0).numpy()
    return Picture(pixels, int(data.targets[index]), f"image {index}")


def held_out_places(model: Asked) -> np.ndarray:
    """Indices of the test images that the run never saw, [N].

    Raises:
        ThawError: If the data is not what the run had, or is gone.
    """
    return _data(model)[1]


@st.cache_data(max_entries=3, show_spinner=False)  # one may have 50 million pixels
def own(model: Asked, name: str, content: bytes, *, invert: bool) -> Picture:
    """A picture file; raises ThawError if it can't be read."""
    loaded = _model(model).loaded
    from core.evaluation.predict import own_pixels

    pixels = own_pixels(loaded, content, name=name, invert=invert)
    return Picture(pixels.permute(1, 2, 0).numpy(), None, name)


def seen(model: Asked, picture: np.ndarray) -> np.ndarray:
    """What the model sees of a stored picture: uint8 [S, S, 3]."""
    return _model(model).seen(picture)


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=_EXACT)
def answer(model: Asked, seen: np.ndarray) -> np.ndarray:
    """The probability of each class, [C]."""
    return _model(model).answer(seen)


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=_EXACT)
def grad_cam(model: Asked, seen: np.ndarray, layer: str, label: int) -> np.ndarray:
    """The heat [h, w]; raises ThawError where the layer says nothing of the class."""
    return _model(model).grad_cam(seen, layer, label)


def ablation(
    model: Asked, seen: np.ndarray, layer: str, label: int, go_on: GoOn
) -> tuple[np.ndarray, int, int]:
    """The heat [h, w] as far as `go_on` let it come, the channels asked and all of them."""
    return _model(model).ablation_cam(seen, layer, label, go_on)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_EXACT)
def maps(model: Asked, seen: np.ndarray, layer: str) -> FeatureMaps:
    """What the layer's channels answer."""
    return _model(model).maps(seen, layer)


@st.cache_resource(max_entries=2, show_spinner="Loading the images…")
def _data(model: Asked) -> tuple[ImageData, np.ndarray]:
    loaded = _model(model).loaded
    from core.evaluation.held_out import held_out_images

    return held_out_images(loaded, "test")


@st.cache_resource(max_entries=3, ttl=1800, show_spinner="Loading the model…")
def _model(model: Asked) -> AskedModel:
    torch_ready.load()
    from core.evaluation.model_of import load_run_model
    from core.evaluation.start_of_run import load_start
    from core.explain.asked_model import asked

    run = Run(Path(model.stamp[0]))
    return asked(load_start(run, "last") if model.which == START else
                 load_run_model(run, model.which))
