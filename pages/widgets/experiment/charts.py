"""An experiment over steps, over seconds and over trainable parameters, a colour a plan."""

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from core.evaluation.experiment import Outcome
from core.runs.experiment_spec import Plan
from pages.widgets.experiment import chart_data

_HEIGHT = 400  # pixels, with axes and legend
_FEW = 15  # epochs up to which each is a dot on the line
_AXES = {"Steps": "step", "Seconds": "seconds", "Trainable parameters": "trainable"}
_TITLES = {"val_accuracy": "Validation accuracy, %", "val_loss": "Validation loss"}
_DASHES = {"from_scratch": [8, 4], "last_stage": [3, 3]}  # where two colours are close to someone


def show(outcomes: Sequence[Outcome]) -> None:
    """Draws the choice of the axis and what it asks for."""
    st.subheader("Curves", anchor=False)
    over = st.segmented_control(
        "Over", list(_AXES), default="Steps", key="experiment.axis", persist_state="session",
        label_visibility="collapsed", required=True,
    )
    plans = list(dict.fromkeys(one.plan for one in outcomes))
    if over == "Trainable parameters":
        _show_dots(outcomes, plans)
        return
    columns = st.columns(2, gap="medium")
    for column, (metric, title) in zip(columns, _TITLES.items(), strict=True):
        frame = chart_data.lines(outcomes, metric)
        if frame.empty:
            column.markdown("No epoch has ended yet.")
            return
        drawn = lines_chart(frame, plans, _AXES[over], title)
        column.altair_chart(drawn, key=f"experiment.chart {metric}")
    ran = " Thin and dashed: a run that is still under way." if _any_running(outcomes) else ""
    mean = " Seconds are the mean over the seeds." if over == "Seconds" else ""
    st.caption(
        f"The mean over the seeds that have finished; the band is from the lowest to the highest "
        f"of them.{mean}{ran}"
    )


def lines_chart(
    frame: pd.DataFrame, plans: Sequence[Plan], axis: str, title: str
) -> alt.LayerChart:
    """Mean lines with bands.

    Args:
        frame: As `chart_data.lines` gives it.
        axis: "step" or "seconds".
    """
    base = alt.Chart(frame, height=_HEIGHT).encode(
        x=alt.X(f"{axis}:Q", title=axis, scale=alt.Scale(nice=False, zero=False),
                axis=alt.Axis(grid=False, tickCount=6, format="~s", labelFontSize=13,
                              titleFontSize=13)),
        color=_colour(plans),
    )
    y = alt.Y("value:Q", title=title, scale=alt.Scale(zero=False, padding=6),
              axis=alt.Axis(tickCount=5, labelFontSize=13, titleFontSize=13))
    mean = base.transform_filter("datum.kind == 'mean'")
    running = base.transform_filter("datum.kind == 'running'")
    few = frame["epoch"].max() <= _FEW
    told = [
        alt.Tooltip("plan:N"), alt.Tooltip("run:N"), alt.Tooltip("seeds:Q"),
        alt.Tooltip("epoch:Q"), alt.Tooltip("step:Q", format=","),
        alt.Tooltip("seconds:Q", format=".1f"), alt.Tooltip("value:Q", title=title, format=".4g"),
        alt.Tooltip("low:Q", title="lowest seed", format=".4g"),
        alt.Tooltip("high:Q", title="highest seed", format=".4g"),
    ]
    layers = [
        mean.mark_area(opacity=0.2).encode(y=alt.Y("low:Q", title=title), y2="high:Q"),
        running.mark_line(strokeWidth=1.5, strokeDash=[2, 3], opacity=0.8).encode(
            y=y, detail="run:N"
        ),
        mean.mark_line(strokeWidth=3).encode(y=y, strokeDash=_dash(plans)),
        # Wide and unseen, so that a finger or a pointer need not hit the line.
        base.mark_point(size=260, opacity=0, filled=True).encode(y=y, tooltip=told),
    ]
    if few:
        layers.insert(3, base.mark_point(size=45, filled=True, opacity=1).encode(y=y))
    return alt.layer(*layers)


def dots_chart(frame: pd.DataFrame, plans: Sequence[Plan]) -> alt.LayerChart:
    """Held-out accuracy over what trained: a dot a seed, a large one for their mean.

    Args:
        frame: As `chart_data.dots` gives it.
    """
    title = "Held-out accuracy after the last epoch, %"
    base = alt.Chart(frame, height=_HEIGHT).encode(
        x=alt.X("trainable:Q", title="trainable parameters",
                scale=alt.Scale(type="log", nice=False, padding=60),
                axis=alt.Axis(grid=False, format="~s", tickCount=5, labelFontSize=13,
                              titleFontSize=13)),
        color=_colour(plans),
    )
    axis = alt.Axis(tickCount=5, labelFontSize=13, titleFontSize=13)
    scale = alt.Scale(zero=False, padding=24)
    mean = alt.Y("mean:Q", title=title, axis=axis, scale=scale)
    told = [alt.Tooltip("plan:N"), alt.Tooltip("seed:Q"),
            alt.Tooltip("value:Q", title="this seed, %", format=".2f"),
            alt.Tooltip("mean:Q", title="mean, %", format=".2f"),
            alt.Tooltip("trainable:Q", title="trainable", format=",")]
    middle = (frame["trainable"].min() * frame["trainable"].max()) ** 0.5
    names = [
        # Below on the left and above on the right: on a phone they would meet in the middle.
        base.transform_filter(where).mark_text(
            align=align, dx=dx, dy=dy, fontSize=14, fontWeight=600
        ).encode(text="plan:N", y=mean)
        for where, align, dx, dy in (
            (f"datum.trainable < {middle}", "left", -8, 20),
            (f"datum.trainable >= {middle}", "right", -10, -13),
        )
    ]
    return alt.layer(
        base.mark_rule(strokeWidth=3, opacity=0.45).encode(
            y=alt.Y("low:Q", title=title, axis=axis, scale=scale), y2="high:Q"
        ),
        base.mark_point(size=160, filled=True, opacity=1).encode(y=mean),
        base.mark_point(size=45, filled=True, opacity=0.7).encode(y=alt.Y("value:Q")),
        *names,
        base.mark_point(size=260, opacity=0, filled=True).encode(y=alt.Y("value:Q"), tooltip=told),
    )


def _show_dots(outcomes: Sequence[Outcome], plans: Sequence[Plan]) -> None:
    frame = chart_data.dots(outcomes)
    if frame.empty:
        st.markdown("No run has finished yet.")
        return
    st.altair_chart(dots_chart(frame, plans), key="experiment.chart trainable")
    st.caption(
        "Held-out images after the last epoch. The large dot is the mean over the seeds, the small "
        "ones are the seeds. The axis is logarithmic."
    )


def _colour(plans: Sequence[Plan]) -> alt.Color:
    labels, colours = chart_data.colours(plans)
    return alt.Color(
        "plan:N", scale=alt.Scale(domain=labels, range=colours),
        legend=alt.Legend(
            orient="top", title=None, symbolType="stroke", symbolStrokeWidth=4, symbolOpacity=1,
            labelFontSize=14, columns=2,
        ),
    )


def _dash(plans: Sequence[Plan]) -> alt.StrokeDash:
    labels, _ = chart_data.colours(plans)
    return alt.StrokeDash(
        "plan:N", legend=None,
        scale=alt.Scale(domain=labels, range=[_DASHES.get(plan, [1, 0]) for plan in plans]),
    )


def _any_running(outcomes: Sequence[Outcome]) -> bool:
    return any(one.standing == "running" for one in outcomes)
