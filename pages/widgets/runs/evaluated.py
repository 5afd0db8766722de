"""Metrics of checkpoints on held-out or given images, measured once for all browsers."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st

from core.evaluation import kept_figures
from core.evaluation.kept_figures import stamp
from core.messages import ThawError
from core.runs.folder import Run
from pages.widgets import torch_ready

if TYPE_CHECKING:  # importing it loads torch
    from core.evaluation.evaluate import Evaluation
    from core.evaluation.given import GivenImages, JudgedGiven
    from core.evaluation.judged import Judged

Split = Literal["test", "val"]
SPLITS: dict[Split, str] = {"test": "Held-out test", "val": "Validation"}
_MOST = 50  # kept; 10,000 images of a hundred classes take 4 MB
_lock = threading.Lock()
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Given:
    """Images that a person gave.

    Attributes:
        path: Of the folder, or the upload's id.
        looks: How often they asked to read it anew.
    """

    kind: Literal["folder", "upload"]
    path: str
    looks: int = 0


Images = Split | Given


@dataclass(frozen=True)
class _Kept:
    found: "Evaluation"
    judged: "Judged"
    given: "JudgedGiven | None" = None
    read: "GivenImages | None" = None


def known(run: Run, which: str = "best", images: Images = "test") -> "Evaluation | None":
    """What was measured for the checkpoint as it is now, or None."""
    kept = _known(run, which, images)
    return kept.found if kept else None


def figures(run: Run) -> "Evaluation | kept_figures.Kept | None":
    """Of the best checkpoint on the held-out images, whoever measured them, or None."""
    return known(run) or kept_figures.read(run)


def judged(run: Run, which: str, images: Images) -> "Judged":
    """The answer for every image; measured now if it is not known.

    Raises:
        ThawError: If the checkpoint or the images can't be had.
    """
    return _measured(run, which, images).judged


def given(run: Run, which: str, images: Given) -> "JudgedGiven":
    """The same for given images, with what was left out of them.

    Raises:
        ThawError: If the checkpoint or the images can't be had.
    """
    return _measured(run, which, images).given


def given_pictures(
    run: Run, which: str, images: Given, places: Sequence[int]
) -> list[np.ndarray]:
    """Given images by their place in the answers: uint8 [H, W, 3].

    Raises:
        ThawError: If the checkpoint or the images can't be had (any more).
    """
    from core.data.load import load_picture

    files = _measured(run, which, images).read.files
    return [load_picture(files, place).permute(1, 2, 0).numpy() for place in places]


def measure(
    run: Run, which: str = "best", images: Images = "test", tell: Tell = lambda done, all: None
) -> "Evaluation":
    """Runs the checkpoint over the images, unless that was done before; takes seconds or more.

    Args:
        tell: Takes the images that are through, and all; what it raises ends it.

    Raises:
        ThawError: If the checkpoint or the images can't be had.
    """
    return _measured(run, which, images, tell).found


def _measured(
    run: Run, which: str, images: Images, tell: Tell = lambda done, all: None
) -> _Kept:
    if kept := _known(run, which, images):
        return kept
    if not torch_ready.is_loaded():  # in a thread, where nothing can be drawn, it is
        torch_ready.load()
    key = _key(run, which, images)
    of = _judge_given if isinstance(images, Given) else _judge
    made = of(run, which, images, tell)
    with _lock:
        if key:
            _kept()[key] = made
        while len(_kept()) > _MOST:
            _kept().popitem(last=False)
    return made


def _judge(run: Run, which: str, split: Split, tell: Tell) -> _Kept:
    from core.evaluation.evaluate import scores
    from core.evaluation.judged import judge

    at = stamp(run, which)
    answers = judge(run, which, split, tell)
    found = scores(answers)
    kept_figures.keep(run, which, at, found)
    return _Kept(found, answers)


def _judge_given(run: Run, which: str, images: Given, tell: Tell) -> _Kept:
    from core.evaluation.evaluate import scores
    from core.evaluation.given import judge_given
    from core.evaluation.model_of import load_run_model

    read = _read(images)
    found = judge_given(load_run_model(run, which), read, tell)
    return _Kept(scores(found.judged), found.judged, found, read)


@st.cache_data(max_entries=16, show_spinner=False)
def _read(images: Given) -> "GivenImages":
    # Kept, so that two checkpoints are judged on the same list of files.
    from core.evaluation.given import read_given

    return read_given(images.kind, images.path)


def _known(run: Run, which: str, images: Images) -> _Kept | None:
    key = _key(run, which, images)
    with _lock:
        return _kept().get(key) if key else None


def _key(run: Run, which: str, images: Images) -> tuple | None:
    try:
        return *stamp(run, which), images
    except (ThawError, ValueError):
        return None


@st.cache_resource(show_spinner=False)
def _kept() -> OrderedDict:
    return OrderedDict()
