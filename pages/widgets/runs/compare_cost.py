"""Accuracy over what it cost: runs that no other beats in both stand out."""

from collections.abc import Mapping

import altair as alt
import pandas as pd
import streamlit as st

from core.evaluation import pareto
from core.evaluation.compare_lines import Recorded
from pages.widgets import palette, sizes
from pages.widgets.plain import plain
from pages.widgets.runs import compare_controls, results
from pages.widgets.runs.reading import SeenRun
from pages.widgets.train import words

COLUMNS = ("run", "cost", "told", "accuracy", "front")
_HEIGHT = 320
_LOG_FROM = 20  # times: costs that lie further apart have a logarithmic axis


def show(runs: Mapping[str, SeenRun], recorded: Mapping[str, Recorded]) -> None:
    """Draws the picture and its sentence."""
    cost = compare_controls.cost()
    rows = frame(runs, recorded, cost)
    if rows.empty:
        st.markdown("No run has ended an epoch yet.")
        return
    st.altair_chart(chart(rows, compare_controls.COSTS[cost]), key="runs.cost_chart")
    st.caption(said(rows, len(runs), cost))


def frame(
    runs: Mapping[str, SeenRun], recorded: Mapping[str, Recorded], cost: str
) -> pd.DataFrame:
    """A row a run that has both, with `COLUMNS`; accuracy in percent, of the best epoch.

    Args:
        cost: "seconds" of work, or "params" that train.
    """
    rows = []
    for label, one in results.of_all(runs, recorded).items():
        value = one.seconds if cost == "seconds" else one.trainable
        if one.accuracy is not None and value:
            told = words.duration(value) if cost == "seconds" else sizes.of_count(value)
            rows.append((label, value, told, 100 * one.accuracy))
    on = pareto.front([row[1] for row in rows], [row[3] for row in rows])
    return pd.DataFrame(
        [(*row, front) for row, front in zip(rows, on, strict=True)], columns=list(COLUMNS)
    )


def chart(rows: pd.DataFrame, title: str) -> alt.LayerChart:
    """Points, and the line along those that nobody beats.

    Args:
        rows: As `frame` gives them, not empty.
        title: Of the cost.
    """
    apart = rows["cost"].max() / rows["cost"].min()
    scale = alt.Scale(type="log" if apart > _LOG_FROM else "linear", zero=False, padding=24)
    best = rows[rows["front"]].sort_values("cost")
    x = alt.X("cost:Q", title=title, scale=scale,
              axis=alt.Axis(grid=False, format="~s", tickCount=6))
    y = alt.Y("accuracy:Q", title="Validation accuracy, %", axis=alt.Axis(tickCount=5),
              scale=alt.Scale(zero=False, padding=24))
    accent, muted = palette.categorical()[0], palette.MUTED.here()
    points = alt.Chart(rows, height=_HEIGHT).encode(
        x=x, y=y,
        tooltip=[alt.Tooltip("run:N"), alt.Tooltip("told:N", title=title.lower()),
                 alt.Tooltip("accuracy:Q", format=".2f", title="accuracy, %")],
    )
    middle = best["cost"].median()
    # Neighbours have their names on different sides, and none runs out of the picture.
    names = alt.Chart(best.assign(
        place=[f"{'left' if cost <= middle else 'right'} {('bottom', 'top')[row % 2]}"
               for row, cost in enumerate(best["cost"])]
    )).encode(x=x, y=y, text="run:N")
    return alt.layer(
        alt.Chart(best).mark_line(
            interpolate="step-after", strokeWidth=1.5, strokeDash=[4, 4], color=accent
        ).encode(x=x, y=y),
        points.transform_filter("!datum.front").mark_point(
            filled=True, size=70, opacity=0.45, color=muted
        ),
        points.transform_filter("datum.front").mark_point(
            filled=True, size=130, opacity=1, color=accent
        ),
        *(
            names.transform_filter(f"datum.place == '{align} {side}'").mark_text(
                align=align, baseline=side, dx=-4 if align == "left" else 4,
                dy=-9 if side == "bottom" else 10, fontSize=12, limit=220,
                color=palette.TEXT.here(),
            )
            for align in ("left", "right") for side in ("bottom", "top")
        ),
    )


def said(rows: pd.DataFrame, runs: int, cost: str) -> str:
    """Which runs stand on the front, in a sentence, and who is missing."""
    best = rows[rows["front"]].sort_values("cost")
    both = "accuracy and time" if cost == "seconds" else "accuracy and trainable parameters"
    named = ", ".join(plain(name) for name in best["run"][:4])
    more = f" and {len(best) - 4} more" if len(best) > 4 else ""
    text = f"The line joins the runs that no other beats in both {both}: {named}{more}."
    missing = runs - len(rows)
    if missing:
        text += f" {missing} {'run is' if missing == 1 else 'runs are'} missing: no epoch yet."
    return text
