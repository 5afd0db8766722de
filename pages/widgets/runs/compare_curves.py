"""The curves of two to fifty runs: their controls, the chart, and what it leaves out of sight."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from core.evaluation import compare_lines
from core.evaluation.chart_points import Span
from core.evaluation.compare_lines import Line
from core.evaluation.compare_view import CompareView
from pages.widgets import line_chart, notices, palette
from pages.widgets.plain import plain
from pages.widgets.runs import (
    compare_controls,
    compare_export,
    compare_link,
    compare_payload,
    compared_runs,
    panel_words,
    reading,
    run_records,
)
from pages.widgets.runs.compare_payload import FEW
from pages.widgets.runs.compared_runs import Compared
from pages.widgets.runs.reading import SeenRun

_EVERY = "5s"
_CHART = "compare.lines"


def show(runs: Mapping[str, SeenRun]) -> None:
    """Draws them; while one of the runs lives, this part alone is drawn again.

    Args:
        runs: By label.
    """
    live = any(seen.is_live for seen in runs.values())
    st.fragment(_draw, run_every=_EVERY if live else None)(runs)


def _draw(runs: Mapping[str, SeenRun]) -> None:
    with notices.guarded():
        runs = {label: reading.as_now(seen) for label, seen in runs.items()}
        recorded = run_records.of({label: seen.run for label, seen in runs.items()})
        available = compare_lines.panels(list(recorded.values()))
        if not available:
            st.markdown("Nothing was recorded yet: the first values come with the first steps.")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            view = compare_controls.edit(
                [seen.id for seen in runs.values()], available,
                seeds=compared_runs.has_seeds(runs),
            )
            compared = compared_runs.of(runs, recorded, together=view.seeds)
            lines = {
                panel: compare_lines.lines(panel, recorded, compared.members, view,
                                           compared.best_epochs)
                for panel in view.y
            }
            drawn = lines if len(compared.members) <= FEW else _without_raw(lines)
            spans = {
                panel: compare_payload.span(found, panel, view) for panel, found in drawn.items()
            }
            with st.popover("Share", icon=":material/ios_share:"):
                compare_link.show(view)
                compare_export.show(compared, view, lines, drawn, spans)
        if not view.y:
            st.markdown("Choose what to draw.")
            return
        _chart(compared, view, drawn, spans)
        if said := _said(compared, view, drawn, spans):
            st.caption(said)


def _without_raw(lines: Mapping[str, Sequence[Line]]) -> dict[str, list[Line]]:
    """Behind many lines what lies under the smoothing would be one grey cloud."""
    return {panel: [replace(line, raw=None) for line in found] for panel, found in lines.items()}


def _chart(
    compared: Compared, view: CompareView, drawn: Mapping[str, Sequence[Line]],
    spans: Mapping[str, Span | None],
) -> None:
    names = list(compared.members)
    zoom = line_chart.zoom(_CHART)
    line_chart.show(
        _CHART,
        [
            line_chart.Name(name, compared.notes[name], colour)
            for name, colour in zip(names, palette.of_classes(len(names)), strict=True)
        ],
        [
            compare_payload.of(panel, names, drawn[panel], spans[panel], view, zoom)
            for panel in view.y
        ],
        axis=view.x,
        revision=str(hash((view, zoom, *(len(one) for found in drawn.values() for one in found)))),
    )


def _said(
    compared: Compared, view: CompareView, drawn: Mapping[str, Sequence[Line]],
    spans: Mapping[str, Span | None],
) -> str:
    """What a reader of the chart has to know, and no more."""
    lines = [line for found in drawn.values() for line in found]
    few = len(compared.members) <= FEW
    words = []
    if few and any(line.best is not None for line in lines):
        words.append("The ring is the best epoch: what the best checkpoint holds.")
    if any(line.low is not None for line in lines):
        words.append("A line of several seeds is their mean, its band reaches from the lowest to "
                     "the highest of them.")
    if view.training and {line.split for line in lines} == {"train", "val"}:
        words.append("Dashed: while the epoch trained, with augmentation.")
    words += [
        f"{plain(panel_words.label(panel))}: {_out_of_sight(span, view, panel)}."
        for panel, span in spans.items() if span and span.outside
    ]
    if not few:
        words.append("Point at a line or a name to lift it out, click a name to keep it so; drag "
                     "across the chart to look closer, double-click to come back.")
    return " ".join(words)


def _out_of_sight(span: Span, view: CompareView, panel: str) -> str:
    text = f"{span.outside:,} of {span.of:,} values"
    if view.outliers:
        return f"{text} are not above 0, which a logarithmic scale has no place for"
    return f"{text} are outside the axis" + (" or not above 0" if panel in view.log else "")
