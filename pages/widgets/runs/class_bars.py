"""The likeliest classes of a picture as bars."""

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd
import streamlit as st

from pages.widgets import palette

if TYPE_CHECKING:  # importing it loads torch
    from core.evaluation.predict import Prediction

_ROW = 26  # pixels


def show(answer: "Prediction", key: str) -> None:
    """Draws a bar a class, the likeliest on top."""
    rows = pd.DataFrame({"class": answer.classes, "share": answer.probabilities})
    base = alt.Chart(rows, height=_ROW * len(rows)).encode(
        y=alt.Y("class:N", sort=None, title=None,
                axis=alt.Axis(domain=False, ticks=False, labelLimit=140, labelFontSize=13)),
        # Room behind the longest bar for its figure.
        x=alt.X("share:Q", scale=alt.Scale(domain=[0, 1.18]), axis=None),
    )
    bars = base.mark_bar(cornerRadiusEnd=3, height=14).encode(
        color=alt.condition(
            alt.datum["class"] == answer.classes[0], alt.value(palette.ACCENT.here()),
            alt.value(palette.MUTED.here()),
        )
    )
    figures = base.mark_text(align="left", dx=5, color=palette.TEXT.here()).encode(
        text=alt.Text("share:Q", format=".1%")
    )
    st.altair_chart(alt.layer(bars, figures), key=key)
