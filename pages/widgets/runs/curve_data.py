"""The curves of a run as one tidy frame; it is read once for all browsers."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core.evaluation.curves import RunCurve
from core.runs.folder import Run

COLUMNS = ("split", "metric", "epoch", "step", "seconds", "value", "best")


def frame(run: Run, best_epoch: int | None) -> pd.DataFrame:
    """One row a point, with `COLUMNS`; the accuracy in percent."""
    rows = [
        (split, metric, point.epoch, point.step, point.seconds,
         value * (100 if metric == "accuracy" else 1), point.epoch == best_epoch)
        # Before its first step a model guesses: that point would squeeze all others together.
        for point in _curve(str(run.path)).points() if point.epoch
        for split in ("train", "val")
        for metric in ("accuracy", "loss")
        if (value := getattr(point, f"{split}_{metric}")) is not None
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def places(run: Run, axis: str) -> list[tuple[float, float]]:
    """(epoch, place on the axis) of the epochs that were validated, without epoch 0.

    Args:
        axis: "epoch", "step" or "seconds".
    """
    return [
        (point.epoch, getattr(point, axis)) for point in _curve(str(run.path)).points()
        if point.epoch and point.val_accuracy is not None
    ]


def marks(run: Run) -> pd.DataFrame:
    """One row a mark: epoch (done by then), step, seconds, label."""
    rows = [vars(mark) for mark in _curve(str(run.path)).marks()]
    return pd.DataFrame(rows, columns=["epoch", "step", "seconds", "label"])


@st.cache_resource(max_entries=64, show_spinner=False)
def _curve(path: str) -> RunCurve:
    return RunCurve(Run(Path(path)))
