"""Accuracy against parameters of the rows of the catalogue; a click chooses."""

from functools import partial

import altair as alt
import pandas as pd
import streamlit as st

from core.recipe import ModelSpec
from pages.state import person
from pages.widgets import palette
from pages.widgets.models import choice

_HEIGHT = 390  # as the table beside it


def show(rows: pd.DataFrame, chosen: ModelSpec, *, key: str) -> None:
    """Draws one point a weights entry with a stated accuracy.

    Args:
        rows: As `catalogue_frame.frame` gives them.
        key: Of the chart; another one for other rows.
    """
    known = rows.dropna(subset=["acc1"])
    if known.empty:
        st.caption("No accuracy on ImageNet is stated for these weights.")
        return
    known = known.assign(
        chosen=(known["model"] == chosen.name) & (known["weights"] == chosen.weights)
    )
    st.altair_chart(
        _chart(known), key=key, height=_HEIGHT, on_select=partial(_take, key),
        selection_mode="pick",
    )


def _chart(known: pd.DataFrame) -> alt.LayerChart:
    pick = alt.selection_point("pick", fields=["model", "weights"], on="click", empty=False)
    base = alt.Chart(known).encode(
        x=alt.X("params:Q", title="parameters", scale=alt.Scale(type="log", nice=False, padding=8),
                axis=alt.Axis(format="~s", grid=False, tickCount=5)),
        y=alt.Y("acc1:Q", title="top-1 accuracy, %", scale=alt.Scale(zero=False, padding=8)),
        tooltip=[
            alt.Tooltip("model:N"),
            alt.Tooltip("weights:N"),
            alt.Tooltip("acc1:Q", title="top-1 %", format=".1f"),
            alt.Tooltip("params:Q", title="parameters", format=",.0f"),
            alt.Tooltip("gmacs:Q", title="GMACs", format=".2f"),
        ],
    )
    points = base.mark_circle(size=80, opacity=0.55, color=palette.MUTED.here(), cursor="pointer")
    marked = base.transform_filter("datum.chosen")
    accent = palette.ACCENT.here()
    return alt.layer(
        points.add_params(pick),
        marked.mark_circle(size=190, opacity=1, color=accent),
        marked.mark_text(dy=-16, fontSize=13, fontWeight="bold", color=accent).encode(
            text="model:N"
        ),
    )


def _take(key: str) -> None:
    for point in person.selected_points(key, "pick"):
        choice.choose(point["model"], point["weights"])
