"""The task's score against what a model costs, for the rows of the catalogue; a click chooses."""

import altair as alt
import pandas as pd
import streamlit as st

from pages.widgets import palette
from pages.widgets.models import choice
from pages.widgets.models.catalogue_table import HEIGHT
from pages.widgets.models.choice import Chosen
from pages.widgets.models.scores import SCORES, Score

# What a model costs -> (column of the frame, title of the axis).
COSTS = {"Parameters": ("params", "parameters"), "MACs": ("macs", "multiply-adds")}


def show(rows: pd.DataFrame, shown: pd.DataFrame, chosen: Chosen, task: str) -> None:
    """Draws one point a weights entry with a stated score; the click is taken by `choice`.

    Args:
        rows: All of the task's, as `catalogue_frame.frame` gives them.
        shown: The rows that the filters let through; the others are faint.
    """
    cost = st.segmented_control(
        "Against", list(COSTS), default="Parameters", key="models.cost", required=True,
        persist_state="session", label_visibility="collapsed",
    )
    known = points(rows).assign(
        marked=lambda one: (one["model"] == chosen.name) & (one["weights"] == chosen.weights),
        shown=lambda one: (one["model"] + one["weights"]).isin(shown["model"] + shown["weights"]),
    )
    st.altair_chart(
        chart(known, cost, SCORES[task]), key=choice.CHART, height=HEIGHT - 56,
        on_select="rerun", selection_mode="pick",
    )


def points(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with a score, as a chart needs them."""
    return rows.dropna(subset=["score"]).assign(macs=lambda one: one["gmacs"] * 1e9)


def chart(known: pd.DataFrame, cost: str, score: Score) -> alt.LayerChart:
    """Points to click on; the marked ones with their names.

    Args:
        known: What `points` gives, with the columns marked and shown.
        cost: Key of `COSTS`.
    """
    column, title = COSTS[cost]
    pick = alt.selection_point("pick", fields=["model", "weights"], on="click", empty=False)
    base = alt.Chart(known).encode(
        x=alt.X(f"{column}:Q", title=title, scale=alt.Scale(type="log", nice=False, padding=8),
                axis=alt.Axis(format="~s", grid=False, tickCount=5)),
        y=alt.Y("score:Q", title=score.title,
                scale=alt.Scale(zero=False, padding=8, reverse=score.better == "lower")),
        tooltip=[
            alt.Tooltip("model:N"),
            alt.Tooltip("weights:N"),
            alt.Tooltip("score:Q", title=score.label, format=f".{score.digits}f"),
            alt.Tooltip("data:N", title="measured on"),
            alt.Tooltip("params:Q", title="parameters", format=",.0f"),
            alt.Tooltip("gmacs:Q", title="GMACs", format=".2f"),
        ],
    )
    dots = base.mark_circle(size=80, color=palette.MUTED.here(), cursor="pointer").encode(
        opacity=alt.condition("datum.shown", alt.value(0.8), alt.value(0.35))
    )
    marked = base.transform_filter("datum.marked")
    accent = palette.ACCENT.here()
    name = {"dy": -16, "fontSize": 13, "fontWeight": "bold"}
    ground = palette.GROUND.here()  # behind the letters, so that points do not run through them
    return alt.layer(
        dots.add_params(pick),
        marked.mark_circle(size=190, opacity=1, color=accent, cursor="pointer"),
        marked.mark_text(**name, stroke=ground, strokeWidth=5, color=ground).encode(text="model:N"),
        marked.mark_text(**name, color=accent).encode(text="model:N"),
    )
