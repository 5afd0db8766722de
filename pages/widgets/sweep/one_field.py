"""The map of a sweep over one field: a line over numbers, a row a name."""

import altair as alt
import pandas as pd

from core.evaluation.sweep import ACCURACIES, Metric
from core.runs.sweep_spec import AxisSpec
from pages.widgets import field_words, palette
from pages.widgets.sweep import words
from pages.widgets.sweep.heat_map import FONT, axis_of, clicked, labels_of, tooltip_of

_HEIGHT = 320  # pixels of a line's chart
_ROW = 40  # of a row
_FLAT = 5  # numbers up to which their labels need not be turned
_UNSEEN = 0.0001  # yet there, so that a finger or a pointer need not hit the point


def line(frame: pd.DataFrame, axis: AxisSpec, metric: Metric) -> alt.LayerChart:
    """Numbers: a point each, joined, with the range over the seeds.

    Args:
        frame: As `map_data.frame` gives it.
    """
    base = alt.Chart(_scaled(frame, metric), height=_HEIGHT).encode(
        x=alt.X("x:N", sort=None, title=field_words.label(axis.field),
                scale=alt.Scale(domain=labels_of(axis)),
                axis=axis_of(labelAngle=0 if len(axis.values) <= _FLAT else -45)),
    )
    y = alt.Y("value:Q", title=_title(metric), scale=alt.Scale(zero=False, padding=28),
              axis=_figures())
    known, unknown, accent, text = _parts(base)
    return alt.layer(
        known.mark_rule(strokeWidth=3, opacity=0.45, color=accent).encode(
            y=alt.Y("low:Q", title=_title(metric)), y2="high:Q"
        ),
        known.mark_line(strokeWidth=2, color=accent).encode(y=y),
        known.mark_point(filled=True, opacity=1, size=110, color=accent).encode(y=y),
        known.mark_text(fontSize=FONT, fontWeight=600, dy=-15, color=text).encode(
            y=y, text="text:N"
        ),
        unknown.mark_text(fontSize=15, color=text).encode(
            y=alt.value(_HEIGHT - 14), text="text:N"
        ),
        base.mark_rect(opacity=_UNSEEN, width={"band": 1}).encode(
            y=alt.value(0), y2=alt.value(_HEIGHT), tooltip=tooltip_of(frame)
        ).add_params(clicked()),
    )


def rows(frame: pd.DataFrame, axis: AxisSpec, metric: Metric) -> alt.LayerChart:
    """Names: a row each, so that long ones can be read.

    Args:
        frame: As `map_data.frame` gives it.
    """
    base = alt.Chart(_scaled(frame, metric), height=alt.Step(_ROW)).encode(
        y=alt.Y("x:N", sort=None, title=None, scale=alt.Scale(domain=labels_of(axis)),
                axis=axis_of()),
    )
    x = alt.X("value:Q", title=_title(metric), scale=alt.Scale(zero=False, padding=48),
              axis=_figures())
    known, unknown, accent, text = _parts(base)
    return alt.layer(
        known.mark_rule(strokeWidth=3, opacity=0.45, color=accent).encode(
            x=alt.X("low:Q", title=_title(metric)), x2="high:Q"
        ),
        known.mark_point(filled=True, opacity=1, size=110, color=accent).encode(x=x),
        known.mark_text(fontSize=FONT, fontWeight=600, align="left", dx=10, color=text).encode(
            x=x, text="text:N"
        ),
        unknown.mark_text(fontSize=15, color=text).encode(x=alt.value(14), text="text:N"),
        base.mark_rect(opacity=_UNSEEN, height={"band": 1}).encode(
            x=alt.value(0), x2=alt.value("width"), tooltip=tooltip_of(frame)
        ).add_params(clicked()),
    )


def _scaled(frame: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """Accuracies in percent."""
    factor = 100 if metric in ACCURACIES else 1
    return frame.assign(**{name: frame[name] * factor for name in ("value", "low", "high")})


def _parts(base: alt.Chart) -> tuple[alt.Chart, alt.Chart, str, str]:
    """Places with a figure, places without, and the colours of points and texts."""
    return (
        base.transform_filter("isValid(datum.value)"),
        base.transform_filter("!isValid(datum.value)"),
        palette.ACCENT.here(), palette.TEXT.here(),
    )


def _figures() -> alt.Axis:
    return alt.Axis(tickCount=5, labelFontSize=FONT, titleFontSize=FONT)


def _title(metric: Metric) -> str:
    return words.METRICS[metric] + (", %" if metric in ACCURACIES else "")
