"""The curves of a run as a picture in the file: SVG, by Altair and vl-convert."""

import altair as alt
import pandas as pd

from core.evaluation.curves import EpochPoint, RunCurve
from core.evaluation.prediction_line import line
from core.runs import prediction
from core.runs.folder import Run

_COLOURS = ["#D2601A", "#0E766E"]
_PREDICTED = "#8A4B9F"
_SPLITS = ["training", "validation"]


def curves_svg(run: Run) -> str:
    """Loss and accuracy over the epochs, side by side; "" before the first epoch has ended."""
    points = RunCurve(run).points()
    frame = _frame(points)
    if frame.empty:
        return ""
    charts = [_chart(frame[frame["metric"] == name], name) for name in ("loss", "accuracy")]
    predicted = _predicted(run, points)
    if not predicted.empty:
        charts[1] += _dashed(predicted)
    import vl_convert

    return vl_convert.vegalite_to_svg(alt.hconcat(*charts).to_json())


def _frame(points: list[EpochPoint]) -> pd.DataFrame:
    rows = [
        (point.epoch, split, metric, value)
        for point in points
        for split, metric, value in (
            ("training", "loss", point.train_loss), ("validation", "loss", point.val_loss),
            ("training", "accuracy", point.train_accuracy),
            ("validation", "accuracy", point.val_accuracy),
        ) if value is not None
    ]
    return pd.DataFrame(rows, columns=["epoch", "split", "metric", "value"])


def _predicted(run: Run, points: list[EpochPoint]) -> pd.DataFrame:
    places = [(float(point.epoch), float(point.epoch)) for point in points]
    rows = [
        (one.name, epoch, accuracy)
        for one in prediction.read(run) for epoch, accuracy in line(one, places)
    ]
    return pd.DataFrame(rows, columns=["name", "epoch", "value"])


def _dashed(predicted: pd.DataFrame) -> alt.Chart:
    """What was predicted; the table beneath has the names."""
    return alt.Chart(predicted).mark_line(
        strokeWidth=1.5, strokeDash=[6, 4], color=_PREDICTED
    ).encode(x="epoch:Q", y="value:Q", detail="name:N")


def _chart(frame: pd.DataFrame, title: str) -> alt.Chart:
    few = frame["epoch"].nunique() < 3
    return alt.Chart(frame, width=380, height=220).mark_line(
        strokeWidth=2, point=few, strokeCap="round"
    ).encode(
        x=alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, grid=False)),
        y=alt.Y("value:Q", title=title.capitalize(), scale=alt.Scale(zero=False)),
        color=alt.Color(
            "split:N", title=None, scale=alt.Scale(domain=_SPLITS, range=_COLOURS),
            legend=alt.Legend(orient="top"),
        ),
    )
