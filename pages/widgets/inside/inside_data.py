"""What a model does with a picture, as data that all sessions share.

The model behind it is one read-only object in eval mode; nobody gets hold of it but the
functions here, which only run it forwards, one after another. They hand on arrays alone.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.messages import Problem, ThawError
from core.models import catalogue
from pages.widgets import torch_ready

if TYPE_CHECKING:  # importing them loads torch
    from torch import Tensor

    from core.explain.answer import Answer
    from core.explain.feature_maps import FeatureMaps
    from core.explain.first_conv import Filters
    from core.explain.flow import StageOutput
    from core.explain.opened import OpenedModel
    from core.explain.preparing import Preparation

_KEPT = 200_000_000  # parameters: a larger model is built anew each time and not kept
_LONGEST = 1024  # pixels of the longer side of an own picture
_SHOWN = 320  # of a picture as it is drawn beside what the model sees


@dataclass(frozen=True)
class Subject:
    """Which model is looked into.

    Attributes:
        name: Of the model.
        weights: Name of one of its weights entries, or `"none"`.
        size: Side of the input in pixels.
        random: Whether the weights' architecture has random numbers in it.
    """

    name: str
    weights: str
    size: int
    random: bool


@dataclass(frozen=True)
class Source:
    """Where a picture comes from.

    Attributes:
        sample: Name of a sample picture; "" for an own one.
        character: Of the sample `"character"`.
        file: What an own picture is called.
        content: Of an own picture's file.
        as_drawn: Whether an own picture is one drawn character, to be coded as the bundled
            weights' letters were.
    """

    sample: str = ""
    character: str = ""
    file: str = ""
    content: bytes = b""
    as_drawn: bool = False


@dataclass(frozen=True)
class Pictured:
    """A picture and what the transforms made of it.

    Attributes:
        before: uint8 [H, W, 3], as it came, made small.
        size: Its width and height as it came.
        as_drawn: Whether it was coded as a drawn letter before the transforms.
        pixels: uint8 [S, S, 3], as the model sees it before the normalisation.
        how: The transforms.
    """

    before: np.ndarray
    size: tuple[int, int]
    as_drawn: bool
    pixels: np.ndarray
    how: Preparation


@st.cache_data(max_entries=32, show_spinner=False)
def pictured(subject: Subject, source: Source) -> Pictured:
    """The picture on its way into the model; raises ThawError where it can't be read."""
    torch_ready.load()
    from core.data.pictures import read_picture
    from core.evaluation.own_digits import as_digit
    from core.explain import preparing, samples

    if source.sample:
        picture = samples.read_sample(source.sample, source.character)
    else:
        picture = read_picture(io.BytesIO(source.content), name=source.file, longest=_LONGEST)
    before, size = picture.copy(), picture.size
    before.thumbnail((_SHOWN, _SHOWN))
    if source.as_drawn:
        picture = as_digit(picture)
    entry = catalogue.find_any_model(subject.name)
    how = preparing.preparation(entry, subject.weights, subject.size)
    pixels = preparing.prepare(picture, how)
    return Pictured(np.asarray(before), size, source.as_drawn, pixels, how)


def flow(subject: Subject, seen: Pictured) -> tuple[StageOutput, ...]:
    """What every stage gives; raises ThawError where the model does not fit into memory."""
    return _pass(subject, seen.how, seen.pixels.tobytes())[0]


def answer(subject: Subject, seen: Pictured) -> Answer | Problem | None:
    """The likeliest categories, or why there are none.

    None where the weights know no categories or are random numbers. Raises ThawError where
    the model does not fit into memory.
    """
    return _pass(subject, seen.how, seen.pixels.tobytes())[1]


def maps(subject: Subject, seen: Pictured, layer: str, call: int) -> FeatureMaps:
    """What a layer makes of the picture in one of its runs, from 0."""
    return _maps(subject, seen.how, seen.pixels.tobytes(), layer, call)


@st.cache_data(max_entries=16, show_spinner="Reading the first weights…")
def filters(subject: Subject) -> tuple[Filters, ...]:
    """The weights of the convolutions that read the picture."""
    torch_ready.load()
    from core.explain.opened import first_convolutions

    return _opened(subject).filters(first_convolutions(subject.name, subject.weights))


@st.cache_data(max_entries=32, show_spinner="The picture runs through the model…")
def _pass(
    subject: Subject, how: Preparation, pixels: bytes
) -> tuple[tuple[StageOutput, ...], Answer | Problem | None]:
    """Stages and answer of one forward pass."""
    opened, picture = _opened(subject), _input(subject, how, pixels)
    from core.explain.answer import answer_of, names_of
    from core.models import freezing

    output, stages = opened.flow(picture, freezing.stages(freezing.rows_of(opened.model)))
    names = names_of(catalogue.find_any_model(subject.name), subject.weights)
    if subject.random or not names:
        return stages, None
    try:
        return stages, answer_of(output, names)
    except ThawError as error:
        return stages, error.problem


@st.cache_data(max_entries=24, show_spinner="The picture runs through the model…")
def _maps(
    subject: Subject, how: Preparation, pixels: bytes, layer: str, call: int
) -> FeatureMaps:
    return _opened(subject).maps(_input(subject, how, pixels), layer, call)


def _input(subject: Subject, how: Preparation, pixels: bytes) -> Tensor:
    """The batch of one picture, once it is known that its pass fits into memory."""
    from core.explain import opened, preparing

    opened.refuse_if_too_big(subject.name, subject.weights, subject.size)
    square = np.frombuffer(pixels, np.uint8).reshape(how.crop, how.crop, 3)
    return preparing.as_input(square, how)


def _opened(subject: Subject) -> OpenedModel:
    """The model, kept for a while if it is not too large for that."""
    entry = catalogue.find_any_model(subject.name)
    if entry.params > _KEPT:
        torch_ready.load()
        from core.explain.opened import open_model

        return open_model(subject.name, subject.weights, random=subject.random)
    return _kept(subject.name, subject.weights, subject.random)


@st.cache_resource(max_entries=2, ttl=600, show_spinner="Loading the model…")
def _kept(name: str, weights: str, random: bool) -> OpenedModel:
    torch_ready.load()
    from core.explain.opened import open_model

    return open_model(name, weights, random=random)
