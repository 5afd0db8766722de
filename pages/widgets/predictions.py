"""The predictions of a run over its curves, and who was nearest when it has ended."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.evaluation.curves import RunCurve
from core.evaluation.prediction_line import line
from core.evaluation.prediction_score import Score, ranked
from core.runs import prediction
from core.runs.folder import Run
from core.runs.prediction import NAMELESS, Prediction
from core.runs.status import RunStatus
from pages.widgets import palette
from pages.widgets.plain import plain

NAMED = (1, 3, 4, 5)  # places of their colours; more predictions are one crowd
_BY = {"curve": "The whole curve", "end": "At the end"}
_CARDS = 3


def over_steps(
    run: Run, now: RunStatus, epochs: Sequence[Sequence[float | None]]
) -> dict[Prediction, list[tuple[float, float]]]:
    """What was predicted of a run as lines over its steps, to the end that it is to have.

    Args:
        epochs: [epoch, step, …] of those that have ended.
    """
    if not now.steps or not (found := prediction.read(run)):
        return {}
    places = [(0.0, 0.0), *((row[0], row[1]) for row in epochs if row[0])]
    if now.epochs > places[-1][0]:
        places.append((now.epochs, max(now.steps, places[-1][1])))
    return {one: line(one, places) for one in found}


def colours() -> list[str]:
    """Of a few predictions, in their order; of what is measured none has these."""
    return [palette.CATEGORICAL[place].here() for place in NAMED]


def title(one: Prediction) -> str:
    """What a chart calls it."""
    return one.name if one.name.startswith(NAMELESS) else f"{one.name} predicted"


def show(run: Run, now: RunStatus) -> None:
    """Draws who has predicted while the run waits or goes, and the scores when it has ended."""
    if not (found := prediction.read(run)):
        return
    if now.is_live or now.status == "queued":
        names = ", ".join(plain(one.name) for one in found[:6]) + (", …" if found[6:] else "")
        st.caption(f"Predicted by {names}: dashed, over the accuracy. The scores come at the end.")
        return
    points = RunCurve(run).points()
    areas = [one.kind == "curve" for one in found]
    by = "curve" if all(areas) else "end"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {'Who predicted it best' if len(found) > 1 else 'What was predicted'}")
        if len(found) > 1 and any(areas):
            by = st.segmented_control(
                "Ranked by", list(_BY), format_func=_BY.get, default=by, required=True,
                key=f"predictions by {run.id}", label_visibility="collapsed",
            )
    scores = ranked(found, points, by_curve=by == "curve")
    if not scores:
        st.markdown("No epoch was validated, so there is nothing to score.")
        return
    _cards(scores, by)
    if len(scores) > 1:
        _table(scores, by)
    st.caption(_about(scores[0], now))


def _cards(scores: Sequence[Score], by: str) -> None:
    with st.container(horizontal=True):
        for one in scores[:_CARDS]:
            place = _place(one, scores, by)
            label = plain(one.name) if len(scores) == 1 else f"{place}. {plain(one.name)}"
            if len(scores) > 1 and place == 1:
                label = f":material/emoji_events: {label}"
            off = one.area if by == "curve" else abs(one.final_error)
            st.metric(
                label, "–" if off is None else f"{off:.1f} points off",
                delta=f"said {one.predicted:.0f} % at the end, {one.real:.1f} % came",
                delta_color="off", delta_arrow="off", border=True,
            )


def _table(scores: Sequence[Score], by: str) -> None:
    st.dataframe(
        pd.DataFrame({
            "place": [_place(one, scores, by) for one in scores],
            "who": [one.name for one in scores],
            "said, %": [one.predicted for one in scores],
            "off at the end": [one.final_error for one in scores],
            "off on average": [one.area for one in scores],
        }),
        hide_index=True,
        column_config={
            "place": st.column_config.NumberColumn(width=60),
            "said, %": st.column_config.NumberColumn(format="%.1f"),
            "off at the end": st.column_config.NumberColumn(
                format="%+.1f", help="Predicted less real, in percentage points."
            ),
            "off on average": st.column_config.NumberColumn(
                format="%.1f", help="The area between the curves: their mean distance over the "
                "epochs, in percentage points. Of a final accuracy alone there is none.",
            ),
        },
    )


def _place(one: Score, scores: Sequence[Score], by: str) -> int:
    """1 for the nearest; who can't be told apart by a tenth of a point shares it."""
    return 1 + sum(_badness(other, by) < _badness(one, by) for other in scores)


def _badness(one: Score, by: str) -> float:
    if by == "end":
        return round(abs(one.final_error), 1)
    return float("inf") if one.area is None else round(one.area, 1)


def _about(one: Score, now: RunStatus) -> str:
    upto = f"epoch {one.last_epoch}"
    if now.epochs and one.last_epoch < now.epochs:
        why = "early stopping ended it" if now.status == "finished" else "the run has stopped"
        upto += f" of {now.epochs}, where {why}"
    return (
        f"Scored from epoch 1 to {upto}. Points are percentage points of validation accuracy; the "
        "whole curve counts by the mean distance between what was predicted and what came."
    )
