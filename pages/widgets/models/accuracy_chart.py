"""Accuracy against parameters of the rows of the catalogue; a click chooses."""

import altair as alt
import pandas as pd
import streamlit as st

from core.recipe import ModelSpec
from pages.state import person
from pages.widgets import palette
from pages.widgets.models import choice
from pages.widgets.models.catalogue_table import HEIGHT


def show(rows: pd.DataFrame, shown: pd.DataFrame, chosen: ModelSpec) -> None:
    """Draws one point a weights entry with a stated accuracy.

    Args:
        rows: The whole catalogue, as `catalogue_frame.frame` gives it.
        shown: The rows that the filters let through; the others are faint.
    """
    known = rows.dropna(subset=["acc1"])
    known = known.assign(
        chosen=(known["model"] == chosen.name) & (known["weights"] == chosen.weights),
        shown=(known["model"] + known["weights"]).isin(shown["model"] + shown["weights"]),
    )
    picked = st.altair_chart(
        _chart(known), key="models.chart", height=HEIGHT, on_select="rerun", selection_mode="pick"
    )
    points = list(picked.selection.get("pick", []))
    if person.is_new("models.chart", points) and points:
        choice.choose(points[0]["model"], points[0]["weights"], by="chart")


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
    points = base.mark_circle(size=80, color=palette.MUTED.here(), cursor="pointer").encode(
        opacity=alt.condition("datum.shown", alt.value(0.8), alt.value(0.15))
    )
    marked = base.transform_filter("datum.chosen")
    accent = palette.ACCENT.here()
    name = {"dy": -16, "fontSize": 13, "fontWeight": "bold"}
    ground = palette.GROUND.here()  # behind the letters, so that points do not run through them
    return alt.layer(
        points.add_params(pick),
        marked.mark_circle(size=190, opacity=1, color=accent),
        marked.mark_text(**name, stroke=ground, strokeWidth=5, color=ground).encode(text="model:N"),
        marked.mark_text(**name, color=accent).encode(text="model:N"),
    )
