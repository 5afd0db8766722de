"""How sure a checkpoint is, and whether it may be: reliability, top-k, ROC and precision-recall."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.widgets import palette

if TYPE_CHECKING:  # importing it loads torch
    from core.evaluation.judged import Judged

_HEIGHT = 260
_POINTS = 400  # of a curve; more are not seen


def show(judged: Judged, key: str) -> None:
    """Draws both views.

    Args:
        key: Of the widgets.
    """
    from core.evaluation import certainty

    found = certainty.calibration(judged)
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Expected calibration error", f"{100 * found.error:.1f} %", width="content",
            help="How far, on average, the confidence is from the share that is right "
            "(Guo et al. 2017): 0 is a model whose 80 % means 80 %.",
        )
        st.metric("Mean confidence", f"{100 * judged.confidence.mean():.1f} %", width="content",
                  delta=f"right: {100 * judged.right.mean():.1f} %", delta_color="off",
                  delta_arrow="off")
        for k in (2, 3, 5):
            if k < len(judged.classes):
                st.metric(f"Top-{k}", f"{100 * certainty.top_k(judged, k):.2f} %",
                          width="content", help=f"The true class is among the {k} likeliest.")
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("##### Reliability")
        st.altair_chart(_reliability(found), key=f"{key} reliability")
        st.caption("Bars on the line: the model is right as often as it is sure. Below it, it is "
                   "too sure. Fainter bars hold fewer images.")
    with right:
        st.markdown("##### One class against all others")
        names = list(judged.classes)
        label = st.selectbox(
            "Class", range(len(names)), format_func=names.__getitem__, key=f"{key} class",
            persist_state="session", label_visibility="collapsed",
        )
        _ranking(judged, label, key)


def _reliability(found) -> alt.LayerChart:
    whole = max(one.count for one in found.bins)
    rows = pd.DataFrame(
        [(one.low, one.high, one.accuracy, one.confidence, one.count,
          0.3 + 0.7 * one.count / whole) for one in found.bins if one.count],
        columns=["low", "high", "accuracy", "confidence", "images", "weight"],
    )
    axis = alt.Axis(format=".0%", tickCount=5)
    bars = alt.Chart(rows, height=_HEIGHT).mark_bar(color=palette.ACCENT.here()).encode(
        x=alt.X("low:Q", title="confidence", scale=alt.Scale(domain=[0, 1]), axis=axis),
        x2="high:Q",
        y=alt.Y("accuracy:Q", title="right", scale=alt.Scale(domain=[0, 1]), axis=axis),
        y2=alt.datum(0),
        opacity=alt.Opacity("weight:Q", scale=None, legend=None),
        tooltip=[
            alt.Tooltip("images:Q"), alt.Tooltip("confidence:Q", format=".1%"),
            alt.Tooltip("accuracy:Q", title="right", format=".1%"),
        ],
    )
    line = alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]})).mark_line(
        color=palette.MUTED.here(), strokeDash=[4, 4]
    ).encode(x="x:Q", y="y:Q")
    return alt.layer(bars, line)


def _ranking(judged: Judged, label: int, key: str) -> None:
    from core.evaluation import certainty

    found = certainty.ranking(judged, label)
    if math.isnan(found.roc_auc):
        st.markdown("This class has no image here, or all of them: there is nothing to part.")
        return
    roc, pr = st.tabs(
        [f"ROC, area {found.roc_auc:.4f}", f"Precision-recall, mean {found.average_precision:.4f}"]
    )
    roc.altair_chart(
        _curve(found.false_positive_rate, found.true_positive_rate, "false positives",
               "true positives"), key=f"{key} roc",
    )
    pr.altair_chart(
        _curve(found.recall, found.precision, "recall", "precision"), key=f"{key} pr"
    )


def _curve(x: np.ndarray, y: np.ndarray, across: str, up: str) -> alt.Chart:
    kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), _POINTS)).astype(int))
    frame = pd.DataFrame({"x": x[kept], "y": y[kept], "order": kept})
    axis = alt.Axis(format=".0%", tickCount=5)
    return alt.Chart(frame, height=_HEIGHT - 40).mark_line(
        color=palette.ACCENT.here(), strokeWidth=2, interpolate="step-after"
    ).encode(
        x=alt.X("x:Q", title=across, scale=alt.Scale(domain=[0, 1]), axis=axis),
        y=alt.Y("y:Q", title=up, scale=alt.Scale(domain=[0, 1]), axis=axis), order="order:Q",
    )
