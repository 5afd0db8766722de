"""One number a channel, as bars."""

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.widgets import palette

_MOST = 4096  # bars; more than a screen's pixels tell nothing


def show(values: np.ndarray, numbers: np.ndarray, key: str) -> None:
    """Draws a bar a channel.

    Args:
        values: Of all channels.
        numbers: The channels in the order in which they are drawn.
    """
    shown = numbers[:_MOST]
    rows = pd.DataFrame({"place": np.arange(len(shown)), "end": np.arange(len(shown)) + 1,
                         "channel": shown, "value": values[shown]})
    chart = alt.Chart(rows, height=220).mark_rect(color=palette.ACCENT.here()).encode(
        x=alt.X("place:Q", title="channels in this order", axis=alt.Axis(grid=False, format="d"),
                scale=alt.Scale(domain=[0, len(shown)], nice=False)),
        x2="end:Q",
        y=alt.Y("value:Q", title=None),
        y2=alt.datum(0),
        tooltip=[alt.Tooltip("channel:Q", format="d"), alt.Tooltip("value:Q", format=".4g")],
    )
    st.altair_chart(chart, key=key)
    if len(shown) < len(numbers):
        st.caption(f"The first {_MOST:,} of {len(numbers):,} in this order.")
