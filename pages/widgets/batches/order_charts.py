"""Charts of whole epochs: how often samples came, classes and padding of every batch."""

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from core.data import order
from core.data.batch import Explored
from pages.widgets import palette

_FEW = 8  # classes that can be told apart by colour
_BARS = 60  # batches that are bars; of more a heat map takes neighbours together
_MARKS = 4000


def show_times(found: Explored) -> None:
    """How many samples came 0, 1, 2, … times: a sentence where that is once for all."""
    counted = [order.times(epoch, found.samples) for epoch in found.epochs]
    if all(one == {1: found.samples} for one in counted):
        st.caption("Each exactly once an epoch.")
        return
    frame = pd.DataFrame(
        [
            (f"epoch {number}", str(times), samples)
            for number, one in enumerate(counted) for times, samples in one.items()
        ],
        columns=["epoch", "times", "samples"],
    )
    st.caption(_said(counted[0], found.samples))
    most = max(times for one in counted for times in one)
    st.altair_chart(
        alt.Chart(frame, height=150).mark_bar(color=palette.ACCENT.here()).encode(
            x=alt.X("times:O", title="times in an epoch", axis=alt.Axis(labelAngle=0),
                    sort=[str(one) for one in range(most + 1)]),
            xOffset=alt.XOffset("epoch:N"),
            y=alt.Y("samples:Q", title="samples", axis=alt.Axis(tickMinStep=1)),
            tooltip=["epoch", "times", "samples"],
        )
    )


def _said(counted: dict[int, int], samples: int) -> str:
    never, often = counted.get(0, 0), sum(n for times, n in counted.items() if times > 1)
    parts = []
    if never:
        parts.append(f"{never:,} of {samples:,} samples never came ({never / samples:.0%})")
    if often:
        parts.append(f"{often:,} came more than once")
    return "In the first epoch " + " and ".join(parts) + "." if parts else ""


def show_classes(found: Explored) -> None:
    """Samples of each class in every batch of the first epoch."""
    names = found.class_names
    epoch = found.epochs[0]
    if not epoch:
        return
    bars = len(epoch) <= _BARS and len(names) <= _FEW
    most = _BARS if bars else max(1, min(120, _MARKS // max(len(names), 1)))
    counted = order.class_counts(epoch, found.labels, len(names), most)
    rows, columns = np.nonzero(counted.counts)
    frame = pd.DataFrame({
        "batch": [counted.starts[row] for row in rows],
        "batches": [_run(counted.starts[row], counted.width, len(epoch)) for row in rows],
        "class": [names[column] for column in columns],
        "samples": np.round(counted.counts[rows, columns], 2),
    })
    axis = alt.X(
        "batch:O", title="batch",
        axis=alt.Axis(labelAngle=0, labelOverlap=True),
    )
    chart = alt.Chart(frame, height=230 if bars else 200)
    if bars:
        st.altair_chart(chart.mark_bar().encode(
            x=axis, y=alt.Y("samples:Q", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "class:N", sort=list(names),
                scale=alt.Scale(domain=list(names), range=palette.categorical()[: len(names)]),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            tooltip=["batches", "class", "samples"],
        ))
        return
    st.altair_chart(chart.mark_rect().encode(
        x=axis,
        y=alt.Y("class:N", sort=list(names), title=None, axis=alt.Axis(labelOverlap=True)),
        color=alt.Color(
            "samples:Q", scale=alt.Scale(domainMin=0),
            legend=alt.Legend(title="samples", orient="right"),
        ),
        tooltip=["batches", "class", "samples"],
    ))


def _run(start: int, width: int, batches: int) -> str:
    last = min(start + width, batches) - 1
    return str(start) if last == start else f"{start} to {last}, mean"


def show_padding(found: Explored) -> None:
    """Share of each made batch that no sample brought."""
    frame = pd.DataFrame(
        [
            (number, sum(leaf.padding for leaf in batch.leaves)
             / max(sum(int(np.prod(leaf.shape)) for leaf in batch.leaves if leaf.shape), 1))
            for number, batch in enumerate(found.batches)
        ],
        columns=["batch", "padding"],
    )
    st.caption(
        f"On average {frame['padding'].mean():.0%} of the values of the first {len(frame)} batches."
    )
    st.altair_chart(
        alt.Chart(frame, height=130).mark_bar(color=palette.CATEGORICAL[2].here()).encode(
            x=alt.X("batch:O", title="batch", axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("padding:Q", title="padding", axis=alt.Axis(format="%"),
                    scale=alt.Scale(domainMin=0)),
            tooltip=["batch", alt.Tooltip("padding:Q", format=".1%")],
        )
    )
