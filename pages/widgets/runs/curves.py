"""The curves of a run: accuracy and loss of its epochs, with what was changed and predicted."""

import altair as alt
import pandas as pd
import streamlit as st

from pages.widgets import notices, palette
from pages.widgets.runs import curve_data, predicted_layer, reading
from pages.widgets.runs.reading import SeenRun

_EVERY = "5s"
_HEIGHT = 300  # pixels
_MARK_ROWS, _MARK_LINE = 3, 15  # labels beneath each other, and the pixels of one
_AXES = {"Epoch": "epoch", "Step": "step", "Seconds": "seconds"}
_TITLES = {"accuracy": "Validation accuracy, %", "loss": "Validation loss"}
_WITH_TRAINING = {"accuracy": "Accuracy, %", "loss": "Loss"}


def show(seen: SeenRun) -> None:
    """Draws accuracy and loss; while the run lives, this part alone is drawn again."""
    st.fragment(_draw, run_every=_EVERY if seen.is_live else None)(seen)


def _draw(seen: SeenRun) -> None:
    with notices.guarded():
        with st.container(horizontal=True, vertical_alignment="center"):
            axis = st.segmented_control(
                "Over", list(_AXES), default="Epoch", key="runs.axis", persist_state="session",
                label_visibility="collapsed", required=True,
            )
            training = st.toggle(
                "Training curves", key="runs.training", persist_state="session"
            )
        run = seen.run
        frame = curve_data.frame(run, reading.as_now(seen).best.get("epoch"))
        if frame.empty:
            st.markdown("No epoch has ended yet.")
            return
        if not training:
            frame = frame[frame["split"] == "val"]
        told = " Dashed: while the epoch trained, with augmentation." if training else ""
        for column, metric in zip(st.columns(2, gap="medium"), _TITLES, strict=True):
            title = (_WITH_TRAINING if training else _TITLES)[metric]
            drawn = chart(frame[frame["metric"] == metric], _AXES[axis], title)
            drawn += marks_layer(curve_data.marks(run), _AXES[axis])
            if metric == "accuracy" and (predicted := predicted_layer.layer(
                run, curve_data.places(run, _AXES[axis]), _AXES[axis]
            )):
                drawn += predicted
                told += " Wide dashes: what was predicted before the run."
            column.altair_chart(drawn, key=f"runs.chart {metric}")
        st.caption(
            f"The dot is the best epoch{_watched(seen)}: what the best checkpoint holds.{told}"
        )


def _watched(seen: SeenRun) -> str:
    """By what the best epoch is the best: the highest accuracy may be another one."""
    if seen.recipe is None:
        return ""
    by_loss = seen.recipe.early_stopping.monitor == "val_loss"
    return f", by {'the lowest validation loss' if by_loss else 'the highest validation accuracy'}"


def chart(frame: pd.DataFrame, axis: str, title: str) -> alt.LayerChart:
    """Lines over epochs, steps or seconds.

    Args:
        frame: As `curve_data.frame` gives it, of one metric.
        axis: A column of the frame.
    """
    x = alt.X(
        f"{axis}:Q", title=axis,
        axis=alt.Axis(grid=False, tickCount=6, tickMinStep=1, format="~s"),
        scale=alt.Scale(nice=False, zero=False),
    )
    y = alt.Y("value:Q", title=title, scale=alt.Scale(zero=False, padding=6),
              axis=alt.Axis(tickCount=5))
    base = alt.Chart(frame, height=_HEIGHT).encode(
        x=x, y=y, color=alt.value(palette.categorical()[0])
    )
    told = [
        alt.Tooltip("split:N"), alt.Tooltip("epoch:Q"),
        alt.Tooltip("step:Q", format=","), alt.Tooltip("seconds:Q", format=".1f"),
        alt.Tooltip("value:Q", title=title, format=".4g"),
    ]
    val = base.transform_filter("datum.split == 'val'")
    return alt.layer(
        base.transform_filter("datum.split == 'train'").mark_line(
            strokeWidth=1.5, strokeDash=[5, 4], opacity=0.55
        ),
        val.mark_line(strokeWidth=2.5),
        val.transform_filter("datum.best").mark_point(
            size=110, filled=True, opacity=1, stroke=palette.GROUND.here(), strokeWidth=2
        ),
        # Wide and unseen, so that a finger or a pointer need not hit the line.
        base.mark_point(size=260, opacity=0, filled=True).encode(tooltip=told),
    )


def marks_layer(marks: pd.DataFrame, axis: str) -> alt.LayerChart:
    """A labelled line for each thing that was changed on the way.

    Args:
        marks: As `curve_data.marks` gives them.
        axis: A column of the frame.
    """
    base = alt.Chart(marks.assign(row=[place % _MARK_ROWS for place in range(len(marks))])).encode(
        x=alt.X(f"{axis}:Q"), tooltip=[alt.Tooltip("label:N"), alt.Tooltip("step:Q", format=",")]
    )
    names = [
        base.transform_filter(f"datum.row == {row}").mark_text(
            align="left", baseline="top", dx=5, dy=2 + _MARK_LINE * row, fontSize=12,
            color=palette.TEXT.here(),
        ).encode(text="label:N", y=alt.value(0))
        for row in range(_MARK_ROWS)
    ]
    line = base.mark_rule(strokeDash=[4, 4], strokeWidth=1.5, color=palette.TEXT.here())
    return alt.layer(line, *names)
