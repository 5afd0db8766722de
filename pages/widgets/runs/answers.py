"""What checkpoints say of pictures, as data that all sessions share.

The model behind them is one read-only object in eval mode on the CPU; nobody gets hold of it
but the functions here, which only run it forwards.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.runs.folder import Run
from pages.widgets import torch_ready
from pages.widgets.runs import evaluated

if TYPE_CHECKING:  # importing them loads torch
    from core.data.load import ImageData
    from core.evaluation.examples import Example
    from core.evaluation.model_of import LoadedModel
    from core.evaluation.movement import Movement
    from core.evaluation.predict import Prediction

_TOP = 5
_SIDE = 320  # pixels of the longer side of a thumbnail


def for_picture(
    run: Run, which: str, name: str, content: bytes, *, invert: bool
) -> "Prediction":
    """The five likeliest classes of a picture file; one that can't be read has its problem.

    Raises:
        ThawError: If the checkpoint can't be loaded.
    """
    return _for_picture(evaluated.stamp(run, which), which, name, content, invert)


def for_held_out(run: Run, which: str, count: int, seed: int) -> "list[Example]":
    """Some images of the test split with their answers.

    Raises:
        ThawError: If the checkpoint or the data is not what the run had.
    """
    return _for_held_out(evaluated.stamp(run, which), which, count, seed)


def pictures(
    run: Run, which: str, images: evaluated.Images, places: Sequence[int]
) -> list[np.ndarray]:
    """Images by their place in the answers, as they are stored: uint8 [H, W, 3].

    Args:
        images: Given ones, or a split of the run's data.

    Raises:
        ThawError: If the checkpoint or the data is not what the run had.
    """
    if isinstance(images, evaluated.Given):
        return evaluated.given_pictures(run, which, images, places)
    data = _data(evaluated.stamp(run, which), which)
    return [data.image(int(place)).permute(1, 2, 0).numpy() for place in places]


def movement(run: Run, which: str) -> "Movement":
    """How far every layer of a checkpoint is from the start of its run.

    Raises:
        ThawError: If the checkpoint or the start can't be had.
    """
    return _movement(evaluated.stamp(run, which), which)


@st.cache_data(max_entries=64, show_spinner=False)
def thumbnail(content: bytes) -> bytes:
    """The picture upright and small, as PNG."""
    from core.data.pictures import read_picture

    picture = read_picture(io.BytesIO(content), longest=_SIDE)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


@st.cache_data(max_entries=128, show_spinner=False)
def _for_picture(
    stamp: tuple[str, int, int], which: str, name: str, content: bytes, invert: bool
) -> "Prediction":
    loaded = _model(stamp, which)
    from core.evaluation.predict import predict_one

    return predict_one(loaded, content, name=name, top=_TOP, invert=invert)


@st.cache_data(max_entries=32, show_spinner="Reading the held-out images…")
def _for_held_out(
    stamp: tuple[str, int, int], which: str, count: int, seed: int
) -> "list[Example]":
    loaded = _model(stamp, which)
    from core.evaluation.examples import draw_examples

    return draw_examples(loaded, count, seed=seed, top=_TOP)


@st.cache_data(max_entries=32, show_spinner="Comparing every layer…")
def _movement(stamp: tuple[str, int, int], which: str) -> "Movement":
    torch_ready.load()
    from core.evaluation.movement import measure_movement

    return measure_movement(Run(Path(stamp[0])), which)


@st.cache_resource(max_entries=2, show_spinner="Loading the images…")
def _data(stamp: tuple[str, int, int], which: str) -> "ImageData":
    from core.evaluation.held_out import held_out_images

    return held_out_images(_model(stamp, which), "test")[0]


@st.cache_resource(max_entries=2, show_spinner="Loading the checkpoint…")
def _model(stamp: tuple[str, int, int], which: str) -> "LoadedModel":
    """Of a run's checkpoint as it was when stamped; another stamp is another entry."""
    torch_ready.load()
    from core.evaluation.model_of import load_run_model

    return load_run_model(Run(Path(stamp[0])), which)
