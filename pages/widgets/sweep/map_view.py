"""The map with what it shows, and what a click on one of its cells opens."""

from collections.abc import Sequence

import streamlit as st

from core.evaluation.sweep import METRICS, Metric, Place, best_of, shown_axes
from core.runs.sweep import Sweep
from core.runs.sweep_fields import SEEDS, Value, find
from core.runs.sweep_spec import AxisSpec
from pages.state import person
from pages.widgets import field_words
from pages.widgets.plain import plain
from pages.widgets.runs import selection
from pages.widgets.sweep import heat_map, map_data, one_field, words

_ALL = "all"
_LINE = 620  # pixels of the chart of one field


def show(shown: Sweep, places: Sequence[Place], metric: Metric) -> None:
    """Draws the map; a click on a cell opens its run, or its runs, on the Runs page."""
    axes = shown_axes(shown.spec)
    best = best_of(places, metric)
    # Above it, where Streamlit lays the chart's own buttons over what there is.
    st.caption(_caption(places, metric, best, lined=len(axes) == 1))
    if len(axes) == 1:
        frame = map_data.frame(axes, places, metric, best)
        numbers = find(axes[0].field).kind in ("whole", "number") and axes[0].field not in SEEDS
        draw = one_field.line if numbers else one_field.rows
        _draw(draw(frame, axes[0], metric), places, shown.id, _LINE)
    elif len(axes) == 2:
        frame = map_data.frame(axes, places, metric, best)
        _draw(heat_map.grid(frame, axes), places, shown.id, heat_map.width_of(axes))
    else:
        _side_by_side(shown, axes, places, metric, best)


def width_of(shown: Sweep) -> int:
    """Pixels that the map wants."""
    axes = shown_axes(shown.spec)
    if len(axes) == 1:
        return _LINE
    width = heat_map.width_of(axes)
    return width if len(axes) == 2 else len(axes[2].values) * width


def metric() -> Metric:
    """Draws the choice of what the map shows, and returns it."""
    return st.segmented_control(
        "Shown", list(METRICS), default=METRICS[0], format_func=words.METRICS.get,
        key="sweep.metric", persist_state="session", required=True, label_visibility="collapsed",
    )


def open_runs(place: Place) -> None:
    """Shows a place's run on the Runs page; several beside each other."""
    ids = [one.run.id for one in place.outcomes if one.run]
    if not ids:
        return
    if len(ids) == 1:
        person.choose_run(None)  # asked for anew, though it was asked for before
        selection.choose(ids)
        person.choose_run(ids[0])
    else:
        selection.choose(ids)
    st.switch_page("pages/runs.py")


def _side_by_side(
    shown: Sweep, axes: Sequence[AxisSpec], places: Sequence[Place], metric: Metric,
    best: Place | None,
) -> None:
    """Draws a grid for each value of the third field, or for a chosen one; colours are shared."""
    third = axes[2]
    label = field_words.label(third.field)
    options: list[object] = [_ALL, *range(len(third.values))]
    chosen = st.segmented_control(
        label, options, default=_ALL, required=True, key=f"sweep.third {shown.id}",
        format_func=lambda at: "All" if at == _ALL else words.value(
            third.field, third.values[at]
        ),
    )
    values: Sequence[Value] = third.values if chosen == _ALL else (third.values[chosen],)
    with st.container(horizontal=True, gap="large"):
        for value in values:
            own = [place for place in places if place.cell[2] == value]
            width = heat_map.width_of(axes)
            with st.container(width=width):
                st.markdown(f"**{label} {plain(words.value(third.field, value))}**")
                frame = map_data.frame(axes, own, metric, best, places)
                _draw(heat_map.grid(frame, axes), own, f"{shown.id} {value}", width)


def _draw(chart: object, places: Sequence[Place], key: str, width: int) -> None:
    key = f"sweep.map {key}"
    picked = st.altair_chart(chart, key=key, on_select="rerun", width=width)
    cells = [one["cell"] for one in picked.selection.get(heat_map.CELL, []) if "cell" in one]
    clicked = cells[0] if cells else None
    if person.is_new(key, clicked) and clicked is not None and int(clicked) < len(places):
        open_runs(places[int(clicked)])


def _caption(
    places: Sequence[Place], metric: Metric, best: Place | None, *, lined: bool
) -> str:
    colour = "" if lined else " The stronger the colour, the better."
    marks = [
        f"{words.MARKS[standing]} {words.STANDINGS[standing]}"
        for standing in words.MARKS if any(place.standing == standing for place in places)
    ]
    seeds = " Means over the seeds that have finished." if len(places[0].outcomes) > 1 else ""
    legend = f" {', '.join(marks)}." if marks else ""
    so_far = "" if all(place.is_whole for place in places) else " so far"
    star = f" ★ the best{so_far}." if best else ""
    what = "runs" if len(places[0].outcomes) > 1 else "run"
    return (
        f"{words.ABOUT[metric]}{seeds}{colour}{star}{legend} A click on a cell opens its {what}."
    )
