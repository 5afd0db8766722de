"""All shown batches at a glance: which samples, and how many of each class."""

import altair as alt
import pandas as pd
import streamlit as st

from core.data.batch import Explored
from pages.widgets import palette

_FEW = 8  # classes that can be told apart by colour


def show(found: Explored) -> None:
    """Draws one chart of the order and one of the classes."""
    order, classes = st.columns(2, gap="medium")
    with order:
        st.markdown("**Which samples**, in the order they come")
        st.altair_chart(_order(found))
    with classes:
        st.markdown("**Classes** in each batch")
        st.altair_chart(_classes(found))


def _order(found: Explored) -> alt.Chart:
    frame = pd.DataFrame(
        [
            (place, index, f"batch {number}", number % 2)
            for number, batch in enumerate(found.batches)
            for place, index in enumerate(
                batch.indices, sum(len(one.indices) for one in found.batches[:number])
            )
        ],
        columns=["place", "sample", "batch", "odd"],
    )
    colors = [palette.ACCENT.here(), palette.CATEGORICAL[2].here()]
    return alt.Chart(frame, height=170).mark_circle(
        size=max(12, min(90, 4000 // max(len(frame), 1))), opacity=0.9
    ).encode(
        x=alt.X("place:Q", title="place in the epoch", axis=alt.Axis(tickMinStep=1, grid=False)),
        y=alt.Y("sample:Q", title="index", scale=alt.Scale(domain=[0, max(found.samples - 1, 1)])),
        color=alt.Color("odd:N", legend=None, scale=alt.Scale(domain=[0, 1], range=colors)),
        tooltip=["batch", "sample", "place"],
    )


def _classes(found: Explored) -> alt.Chart:
    frame = pd.DataFrame(
        [
            (number, name, count)
            for number, batch in enumerate(found.batches)
            for name, count in batch.classes.items()
        ],
        columns=["batch", "class", "samples"],
    )
    named = [name for name in found.class_names if name in set(frame["class"])]
    if len(named) <= _FEW:
        color = alt.Color(
            "class:N", sort=named,
            scale=alt.Scale(domain=named, range=palette.categorical()[: len(named)]),
            legend=alt.Legend(title=None, orient="right"),
        )
        return alt.Chart(frame, height=170).mark_bar().encode(
            x=alt.X("batch:O", title="batch", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("samples:Q", title="samples", axis=alt.Axis(tickMinStep=1)),
            color=color, tooltip=["batch", "class", "samples"],
        )
    return alt.Chart(frame, height=170).mark_rect().encode(
        x=alt.X("batch:O", title="batch", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("class:N", sort=list(found.class_names), title=None,
                axis=alt.Axis(labelOverlap=True)),
        color=alt.Color(
            "samples:Q", scale=alt.Scale(domainMin=0),
            legend=alt.Legend(title="samples", tickMinStep=1, format="d"),
        ),
        tooltip=["batch", "class", "samples"],
    )
