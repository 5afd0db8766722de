"""What was predicted of a run, dashed over its validation accuracy."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from core.evaluation.prediction_line import line
from core.runs import prediction
from core.runs.folder import Run
from pages.widgets import palette, predictions


def layer(run: Run, places: Sequence[tuple[float, float]], axis: str) -> alt.LayerChart | None:
    """A line for each prediction, a colour each where they are few; None without any.

    Args:
        places: (epoch, place on the axis) of the run's epochs.
        axis: What the axis counts.
    """
    rows = [
        (predictions.title(one), one.kind, place, 100 * value)
        for one in prediction.read(run) for place, value in line(one, places)
    ]
    if not rows:
        return None
    frame = pd.DataFrame(rows, columns=["who", "kind", axis, "value"])
    names = list(frame["who"].unique())
    few = len(names) <= len(predictions.NAMED)
    colour = alt.Color(
        "who:N", scale=alt.Scale(domain=names, range=predictions.colours()[: len(names)]),
        legend=alt.Legend(
            orient="bottom-right", title=None, symbolType="stroke", symbolDash=[5, 3],
            symbolStrokeWidth=2.5, symbolOpacity=1, labelFontSize=12, labelLimit=180,
            fillColor=palette.GROUND.here(), padding=6, cornerRadius=4,
        ),
    ) if few else alt.value(palette.MUTED.here())
    base = alt.Chart(frame).encode(
        x=alt.X(f"{axis}:Q"), y=alt.Y("value:Q"), detail="who:N", color=colour,
        tooltip=[alt.Tooltip("who:N"), alt.Tooltip("value:Q", format=".3g")],
    )
    return alt.layer(*(
        base.transform_filter(f"datum.kind == '{kind}'").mark_line(
            strokeDash=dash, strokeWidth=2 if few else 1, opacity=1 if few else 0.6
        )
        for kind, dash in (("curve", [7, 5]), ("final", [2, 5]))
    ))
