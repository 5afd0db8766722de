"""What each stage of a model gets, before a run: its learning rate over the epochs, and a table."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.recipe import Recipe
from core.training.schedule import factor
from core.training.stage_plan import StagePlan
from pages.widgets import palette

_POINTS = 120  # of a line
_NAMED = 10  # openings with their name in the chart; more would cover each other
_HEIGHT = 210  # pixels
_SHARE = 1e-3  # of the greatest rate: less than this is not drawn on a logarithmic axis


def show_rates(recipe: Recipe, stages: Sequence[StagePlan]) -> None:
    """Draws a line a stage, blank while the stage is frozen."""
    import altair as alt

    frame = rates_frame(recipe, stages)
    if frame.empty:
        st.caption("Nothing trains.")
        return
    names = [stage.name for stage in stages if stage.name in set(frame["stage"])]
    # Each stage is a factor below the next: on a logarithmic axis they lie evenly apart.
    scale = alt.Scale(type="log", nice=False) if recipe.optimizer.stage_factor < 1 else alt.Scale()
    base = alt.Chart(frame, height=_HEIGHT).encode(
        x=alt.X("epoch:Q", title="epochs done",
                scale=alt.Scale(domain=[0, recipe.train.epochs], nice=False),
                axis=alt.Axis(tickCount=6, tickMinStep=1, grid=False)),
        y=alt.Y("rate:Q", title="learning rate", scale=scale,
                axis=alt.Axis(tickCount=4, format=".1~e")),
        color=alt.Color(
            "stage:N", legend=None,
            scale=alt.Scale(domain=names, range=palette.from_image_to_head(len(names))),
        ),
    )
    told = [alt.Tooltip("stage:N"), alt.Tooltip("epoch:Q", title="epochs done", format=".3~g"),
            alt.Tooltip("rate:Q", title="learning rate", format=".3~g"),
            alt.Tooltip("begins:Q", title="trains from epoch")]
    opened = base.transform_filter("datum.first && datum.begins > 1")
    layers = [
        base.mark_line(strokeWidth=2),
        opened.mark_point(size=70, filled=True, opacity=1),
        base.mark_point(size=140, opacity=0, filled=True).encode(tooltip=told),
    ]
    openings = frame[frame["first"] & (frame["begins"] > 1)]
    if 0 < len(openings) <= _NAMED:
        # Beneath its dot nothing is drawn: the stages further down open later.
        middle = f"datum.epoch < {recipe.train.epochs} / 2"
        layers += [
            opened.transform_filter(where).mark_text(
                align=align, baseline="top", dx=shift, dy=6, fontSize=12
            ).encode(text="stage:N", color=alt.value(palette.TEXT.here()))
            for where, align, shift in ((middle, "left", -4), (f"!({middle})", "right", 4))
        ]
    st.altair_chart(alt.layer(*layers), key="train.rates_by_stage")


def rates_frame(recipe: Recipe, stages: Sequence[StagePlan]) -> pd.DataFrame:
    """One row a point: stage, epoch (epochs done), rate, begins, first (of its line)."""
    epochs = recipe.train.epochs
    steps = max(1, _POINTS // epochs)  # as many as are drawn of an epoch
    stride = max(1, epochs * steps // _POINTS)
    rows = []
    for stage in stages:
        if stage.begins is None or stage.begins > epochs:
            continue
        start = (stage.begins - 1) * steps
        for step in sorted({start, *range(0, epochs * steps, stride)}):
            if step >= start:
                rate = stage.lr * factor(recipe.schedule, step, steps, epochs)
                rows.append((stage.name, step / steps, rate, stage.begins, step == start))
    frame = pd.DataFrame(rows, columns=["stage", "epoch", "rate", "begins", "first"])
    if recipe.optimizer.stage_factor < 1 and not frame.empty:
        lowest = min(stage.lr for stage in stages) * _SHARE
        frame = frame[frame["rate"] > max(lowest, 0)]
    return frame


def show_table(stages: Sequence[StagePlan], epochs: int) -> None:
    """Draws every stage with its rate and the epoch from which it trains."""
    frame = pd.DataFrame(
        [
            {
                "stage": stage.name, "lr": stage.lr, "params": stage.params,
                "begins": begins(stage, epochs),
            }
            for stage in stages
        ]
    )
    st.dataframe(
        frame, hide_index=True, height=min(38 + 35 * len(frame), 320), key="train.stage_table",
        column_config={
            "stage": st.column_config.TextColumn("Stage", pinned=True),
            "lr": st.column_config.NumberColumn(
                "Learning rate", format="%.3g", help="Before the schedule's factor."
            ),
            "params": st.column_config.NumberColumn("Parameters", format="localized"),
            "begins": st.column_config.TextColumn("Trains"),
        },
    )


def begins(stage: StagePlan, epochs: int) -> str:
    """From when on a stage trains, in words."""
    opened = stage.opens is not None and stage.opens <= epochs
    if not stage.trainable:
        return f"from epoch {stage.opens}" if opened else "frozen"
    if not stage.openable:
        return "from the start"
    return f"in part, whole from epoch {stage.opens}" if opened else "in part"
