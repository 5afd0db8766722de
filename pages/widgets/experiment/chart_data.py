"""The curves of an experiment as tidy frames; a run is read once for all browsers."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from core.evaluation.curves import EpochPoint, RunCurve
from core.evaluation.experiment import Outcome
from core.evaluation.experiment_curves import band
from core.runs.experiment_spec import Plan
from core.runs.folder import Run
from pages.widgets import palette
from pages.widgets.experiment import words

LINES = ("plan", "kind", "run", "epoch", "step", "seconds", "value", "low", "high", "seeds")
DOTS = ("plan", "trainable", "seed", "value", "mean", "low", "high", "seeds")
METRICS = {"val_accuracy": 100.0, "val_loss": 1.0}  # what the values are multiplied by


def points_of(run: Run) -> list[EpochPoint]:
    """The epochs of a run so far."""
    return _curve(str(run.path)).points()


def lines(outcomes: Sequence[Outcome], metric: str) -> pd.DataFrame:
    """One row a point, with `LINES`; the accuracy in percent.

    Kind "mean": of the runs of a plan that have finished. Kind "running": of one that has not.
    """
    scale, rows = METRICS[metric], []
    for plan in dict.fromkeys(one.plan for one in outcomes):
        own = [one for one in outcomes if one.plan == plan and one.run]
        ended = [points_of(one.run) for one in own if one.standing == "finished"]
        rows += [
            (words.LABELS[plan], "mean", "mean", p.epoch, p.step, p.seconds,
             *(scale * value for value in (p.mean, p.low, p.high)), p.seeds)
            for p in band(ended, metric)
        ]
        for one in own:
            if one.standing == "running":
                rows += _running(one, metric, scale)
    return pd.DataFrame(rows, columns=list(LINES))


def dots(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """One row a finished run, with `DOTS`: held-out accuracy in percent over what trained."""
    rows = []
    for plan in dict.fromkeys(one.plan for one in outcomes):
        own = [one for one in outcomes if one.plan == plan and one.standing == "finished"
               and one.accuracy is not None and one.trainable]
        values = [100 * one.accuracy for one in own]
        rows += [
            (words.LABELS[plan], one.trainable, one.seed, value, sum(values) / len(values),
             min(values), max(values), len(values))
            for one, value in zip(own, values, strict=True)
        ]
    return pd.DataFrame(rows, columns=list(DOTS))


def colours(plans: Sequence[Plan]) -> tuple[list[str], list[str]]:
    """Labels of the plans and their colours, in the same order."""
    return [words.LABELS[plan] for plan in plans], [palette.PLANS[plan].here() for plan in plans]


def _running(one: Outcome, metric: str, scale: float) -> list[tuple]:
    name = f"seed {one.seed}, running"
    return [
        (words.LABELS[one.plan], "running", name, p.epoch, p.step, p.seconds,
         scale * value, scale * value, scale * value, 1)
        for p in points_of(one.run)
        if p.epoch and (value := getattr(p, metric)) is not None
    ]


@st.cache_resource(max_entries=200, show_spinner=False)
def _curve(path: str) -> RunCurve:
    return RunCurve(Run(Path(path)))
