"""Held-out metrics of checkpoints, measured once for all browsers."""

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Literal

import streamlit as st

from core.messages import ThawError
from core.runs.checkpoints import find_checkpoint
from core.runs.folder import Run
from pages.widgets import torch_ready

if TYPE_CHECKING:  # importing it loads torch
    from core.evaluation.evaluate import Evaluation
    from core.evaluation.judged import Judged

Split = Literal["test", "val"]
SPLITS: dict[Split, str] = {"test": "Held-out test", "val": "Validation"}
_MOST = 50  # kept; 10,000 images of a hundred classes take 4 MB
_lock = threading.Lock()


def known(run: Run, which: str = "best", split: Split = "test") -> "Evaluation | None":
    """What was measured for the checkpoint as it is now, or None."""
    kept = _known(run, which, split)
    return kept[0] if kept else None


def judged(run: Run, which: str, split: Split) -> "Judged":
    """The answer for every image of the split; measured now if it is not known.

    Raises:
        ThawError: If the checkpoint or the data is not what the run had.
    """
    measure(run, which, split)
    kept = _known(run, which, split)
    if kept is None:  # the checkpoint was replaced between the two
        raise ThawError("training.checkpoint_missing", file=which)
    return kept[1]


def measure(run: Run, which: str = "best", split: Split = "test") -> "Evaluation":
    """Runs the checkpoint over the split, unless that was done before; takes seconds.

    Raises:
        ThawError: If the checkpoint or the data is not what the run had.
    """
    if found := known(run, which, split):
        return found
    torch_ready.load()
    from core.evaluation.evaluate import scores
    from core.evaluation.judged import judge

    key = _key(run, which, split)
    answers = judge(run, which, split)
    found = scores(answers)
    with _lock:
        if key:
            _kept()[key] = (found, answers)
        while len(_kept()) > _MOST:
            _kept().popitem(last=False)
    return found


def stamp(run: Run, which: str) -> tuple[str, int, int]:
    """What tells this content of a checkpoint from another: "best" moves while a run trains.

    Raises:
        ThawError: If the run has no such checkpoint.
    """
    path = find_checkpoint(run, which)
    try:
        found = path.stat()
    except OSError:
        raise ThawError("training.checkpoint_missing", file=path.name) from None
    return str(run.path), found.st_mtime_ns, found.st_size


def _known(run: Run, which: str, split: Split) -> "tuple[Evaluation, Judged] | None":
    key = _key(run, which, split)
    with _lock:
        return _kept().get(key) if key else None


def _key(run: Run, which: str, split: Split) -> tuple | None:
    try:
        return *stamp(run, which), split
    except (ThawError, ValueError):
        return None


@st.cache_resource(show_spinner=False)
def _kept() -> OrderedDict:
    return OrderedDict()
