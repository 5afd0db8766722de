"""How far each layer is from where the run began; the proof that frozen layers did not move."""

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd
import streamlit as st

from core.messages import ThawError
from pages.state import person
from pages.widgets import notices, palette, sizes
from pages.widgets.plain import plain
from pages.widgets.runs import answers, checkpoint_choice, reading
from pages.widgets.runs.reading import SeenRun

if TYPE_CHECKING:  # importing it loads torch
    from core.evaluation.movement import Movement

_NAMED = 5  # layers in a sentence
_COLUMNS = {
    "layer": st.column_config.TextColumn("Layer", pinned=True),
    "type": st.column_config.TextColumn("Type"),
    "plan": st.column_config.MultiselectColumn(
        "Plan", options=["trains", "frozen"], color=["orange", "blue"]
    ),
    "params": st.column_config.NumberColumn("Parameters", format="localized"),
    "change": st.column_config.NumberColumn(
        "Change", format="%.3g %%", help="Length of the difference, in per cent of the length of "
        "the weights at the start (of those at the end, where the start was all zeros).",
    ),
    "statistics": st.column_config.NumberColumn(
        "BatchNorm statistics", format="%.3g %%", help="The same of running mean and variance."
    ),
    "gradient": st.column_config.NumberColumn(
        "Gradient", format="%.2g", help="Length of its gradient in the last step before the "
        "checkpoint; empty where there was none.",
    ),
    "same": st.column_config.CheckboxColumn("Bit for bit the same"),
}


def show(seen: SeenRun) -> None:
    """Draws the checkpoint's choice, the verdict, a chart and a table of all layers.

    Args:
        seen: With settings and at least one checkpoint.
    """
    files = reading.checkpoints_of(seen.run)
    asked = f"runs.moved {seen.id}"
    choice, go = st.columns([2, 4], vertical_alignment="bottom")
    with choice:
        which = checkpoint_choice.edit(seen.run, files, "runs.moved_checkpoint")
    if not person.choice(asked):
        if not go.button("Compare with the start", icon=":material/compare_arrows:", key=asked):
            st.caption("Builds the model as the run began with it and compares every layer: what "
                       "is frozen has to be the same to the last bit.")
            return
        person.remember(asked, True)
        st.rerun()  # without the button
    try:
        found = answers.movement(seen.run, which)
    except ThawError as error:
        notices.show(error, "error")
        return
    show_result(found)


def show_result(found: "Movement") -> None:
    """Draws the verdict, the chart and the table."""
    if found.broken:
        names = ", ".join(plain(layer.name) for layer in found.broken[:_NAMED])
        more = f" and {len(found.broken) - _NAMED} more" if len(found.broken) > _NAMED else ""
        st.error(
            f"{len(found.broken)} layers are not what they were where they are frozen: "
            f"{names}{more}. This "
            "checkpoint was not made by this run's plan.",
            icon=":material/error:",
        )
    elif found.drifted:
        most = max(found.drifted, key=lambda layer: layer.statistics or 0)
        st.warning(
            f"Every frozen weight is bit for bit what it was, and yet {len(found.drifted)} of "
            f"{len(found.frozen)} frozen layers changed: their BatchNorm statistics drifted with "
            f"the batches, most in {plain(most.name)}, by {100 * (most.statistics or 0):.3g} %. "
            "This run left frozen modules in train(), as its plan says.",
            icon=":material/water:",
        )
    elif found.frozen:
        params = sizes.of_count(sum(layer.params for layer in found.frozen))
        st.success(
            f"Frozen means frozen: {len(found.frozen)} layers with {params} parameters are bit "
            f"for bit what they were at the start, after {found.epoch} epochs. Their BatchNorm "
            "statistics too.",
            icon=":material/ac_unit:",
        )
    else:
        st.info("Nothing was frozen in this run, so every layer may move.",
                icon=":material/local_fire_department:")
    _gradients(found)
    rows = frame(found)
    st.altair_chart(_chart(rows), key="runs.moved_chart")
    st.dataframe(
        rows, hide_index=True, column_order=list(_COLUMNS), column_config=_COLUMNS,
        height=min(38 + 35 * len(rows), 420), placeholder="",
    )


def _gradients(found: "Movement") -> None:
    """Whether what is frozen had no gradient, in a sentence."""
    if not found.has_gradients:
        st.caption("This checkpoint is of an earlier version of Thaw, which kept no gradients.")
    elif found.leaking:
        names = ", ".join(plain(layer.name) for layer in found.leaking[:_NAMED])
        more = f" and {len(found.leaking) - _NAMED} more" if len(found.leaking) > _NAMED else ""
        st.error(
            f"{len(found.leaking)} layers had a gradient where they are frozen: {names}{more}. "
            "This checkpoint was not made by this run's plan.", icon=":material/error:",
        )
    else:
        idle = [layer for layer in found.layers if layer.trains and layer.gradient is None]
        words = "Frozen layers had no gradient at all." if found.frozen else ""
        if idle:
            names = ", ".join(plain(layer.name) for layer in idle[:_NAMED])
            words += (f" {len(idle)} layers may train and had none either, because the last step "
                      f"did not run them: {names}{' …' if len(idle) > _NAMED else ''}.")
        if words:
            st.caption(words.strip())


def frame(found: "Movement") -> pd.DataFrame:
    """One row a layer, in the order of the model; changes in per cent."""
    return pd.DataFrame(
        [
            {
                "place": place,
                "layer": layer.name,
                "type": layer.type,
                "plan": ["trains" if layer.trains else "frozen"],
                "state": "trains" if layer.trains else "frozen",
                "params": layer.params,
                "change": 100 * layer.change,
                "statistics": None if layer.statistics is None else 100 * layer.statistics,
                "gradient": layer.gradient,
                "same": layer.same,
            }
            for place, layer in enumerate(found.layers)
        ]
    )


def _chart(rows: pd.DataFrame) -> alt.LayerChart:
    """A bar a layer from the image to the prediction; a frozen one is a mark on the ground."""
    colors = alt.Scale(
        domain=["trains", "frozen"], range=[palette.TRAINABLE.here(), palette.FROZEN.here()]
    )
    shared = alt.Chart(rows.drop(columns="plan"), height=220).encode(
        x=alt.X("place:O", title="layers, from the image to the prediction",
                axis=alt.Axis(labels=False, ticks=False)),
        color=alt.Color("state:N", scale=colors,
                        legend=alt.Legend(title=None, orient="top", symbolType="square")),
        tooltip=[
            alt.Tooltip("layer:N"), alt.Tooltip("type:N"),
            alt.Tooltip("change:Q", title="change, %", format=".3g"),
            alt.Tooltip("gradient:Q", format=".3g"),
            alt.Tooltip("params:Q", title="parameters", format=","),
        ],
    )
    bars = shared.mark_bar().encode(y=alt.Y("change:Q", title="change of the weights, %"))
    still = shared.transform_filter("datum.change == 0").mark_tick(
        thickness=5, orient="horizontal"
    ).encode(y=alt.Y("change:Q"))
    return bars + still
