"""A comparison to take home: its values and its table as CSV, its chart as a picture."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.evaluation import compare_csv
from core.evaluation.chart_points import Span
from core.evaluation.compare_lines import Line
from core.evaluation.compare_view import CompareView
from pages.widgets import palette
from pages.widgets.runs import compare_runs_table, panel_words
from pages.widgets.runs.compared_runs import Compared

_MIME = {"png": "image/png", "svg": "image/svg+xml"}


def show(
    compared: Compared, view: CompareView, lines: Mapping[str, Sequence[Line]],
    drawn: Mapping[str, Sequence[Line]], spans: Mapping[str, Span | None],
) -> None:
    """Draws the downloads; each is made when it is asked for.

    Args:
        lines: Of each panel, with all that was recorded.
        drawn: As the chart has them.
        spans: Of each panel, likewise.
    """
    shown = {panel: found for panel, found in drawn.items() if found and spans[panel]}
    for format, mime in _MIME.items():
        st.download_button(
            f"Chart as {format.upper()}", lambda format=format: _picture(
                compared, view, shown, spans, format
            ),
            file_name=f"comparison.{format}", mime=mime, on_click="ignore",
            icon=":material/image:", key=f"runs.compared {format}", disabled=not shown,
            help="In the colours of this page.", width="stretch",
        )
    st.download_button(
        "Values as CSV", lambda: compare_csv.text(lines), file_name="curves.csv",
        mime="text/csv", on_click="ignore", icon=":material/table:", disabled=not shown,
        key="runs.compared values", width="stretch",
        help="Every point of these curves: as it was recorded, and as it is drawn.",
    )
    st.download_button(
        "Results and settings as CSV",
        lambda: compare_runs_table.csv(compared.runs, compared.recorded),
        file_name="runs.csv", mime="text/csv", on_click="ignore", icon=":material/table:",
        key="runs.compared table", width="stretch",
        help="A row a run; of the settings those that differ.",
    )


def _picture(
    compared: Compared, view: CompareView, shown: Mapping[str, Sequence[Line]],
    spans: Mapping[str, Span | None], format: str,
) -> bytes:
    from core.report.compare_chart import Look, PanelPicture, picture

    names = list(compared.members)
    look = Look(
        dict(zip(names, palette.of_classes(len(names)), strict=True)),
        palette.GROUND.here(), palette.TEXT.here(), palette.LINE.here(),
    )
    panels = [
        PanelPicture(panel_words.title(panel, {line.split for line in lines}), lines,
                     spans[panel], panel in view.log)
        for panel, lines in shown.items()
    ]
    return picture(panels, view.x, look, format)
