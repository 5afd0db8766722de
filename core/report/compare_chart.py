"""The chart of a comparison as a picture, SVG or PNG; by Altair and vl-convert, no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt
import numpy as np

from core.evaluation import compare_lines
from core.evaluation.chart_points import Span
from core.evaluation.compare_lines import Line

_WIDTH, _HEIGHT, _SHARPNESS = 520, 320, 2
_FEW, _POINTS, _POINTS_OF_MANY = 8, 600, 300  # lines, and the points to draw of each
_NAMED = 40  # lines in the legend


@dataclass(frozen=True)
class Look:
    """How the picture looks.

    Attributes:
        colours: `#RRGGBB` by the line's name.
        ground: Behind the chart.
        text: Of all words.
        grid: Of the lines behind the curves.
    """

    colours: Mapping[str, str]
    ground: str
    text: str
    grid: str


@dataclass(frozen=True)
class PanelPicture:
    """A panel of the picture.

    Attributes:
        title: With its unit.
        lines: At least one.
        span: What its axis shows.
    """

    title: str
    lines: Sequence[Line]
    span: Span
    log: bool


def picture(
    panels: Sequence[PanelPicture], axis: str, look: Look, format: Literal["svg", "png"]
) -> bytes:
    """The panels side by side, two in a row, with one legend.

    Args:
        panels: At least one.
        axis: What the lines are over, in a word.
    """
    import vl_convert

    charts = [_panel(one, axis, look) for one in panels]
    whole = alt.concat(*charts, columns=2, background=look.ground).configure(
        padding=12
    ).configure_view(stroke=None).configure_axis(
        labelColor=look.text, titleColor=look.text, gridColor=look.grid, domainColor=look.grid,
        tickColor=look.grid, labelFontSize=12, titleFontSize=12,
    ).configure_title(color=look.text, anchor="start", fontSize=14).configure_legend(
        labelColor=look.text, labelLimit=360, labelFontSize=12, title=None, orient="right",
        symbolType="stroke", symbolStrokeWidth=3, symbolOpacity=1,
        columns=1 if len(look.colours) <= 20 else 2, symbolLimit=_NAMED,
    )
    spec = whole.to_json()
    if format == "svg":
        return vl_convert.vegalite_to_svg(spec).encode()
    return vl_convert.vegalite_to_png(spec, scale=_SHARPNESS)


def _panel(panel: PanelPicture, axis: str, look: Look) -> alt.LayerChart:
    names = list(look.colours)
    many = len(names) > _FEW
    colour = alt.Color(
        "line:N", title=None, scale=alt.Scale(domain=names, range=list(look.colours.values()))
    )
    scale = alt.Scale(
        type="log" if panel.log else "linear", domain=[panel.span.low, panel.span.high],
        nice=False, zero=False, clamp=False, padding=0 if panel.log else 6,
    ) if panel.span.high > panel.span.low else alt.Scale(zero=False)
    x = alt.X("x:Q", title=axis, axis=alt.Axis(grid=False), scale=alt.Scale(nice=False, zero=False))
    y = alt.Y("y:Q", title=None, scale=scale, axis=alt.Axis(tickCount=5))
    base = alt.Chart(
        alt.InlineData(values=_rows(panel, many)), width=_WIDTH, height=_HEIGHT, title=panel.title
    ).encode(x=x, color=colour)
    layers = []
    if any(line.low is not None for line in panel.lines):
        layers.append(base.transform_filter("isValid(datum.low)").mark_area(
            opacity=0.18, clip=True, line=False
        ).encode(y=alt.Y("low:Q", title=None, scale=scale), y2="high:Q"))
    if any(line.raw is not None for line in panel.lines):
        layers.append(base.transform_filter("isValid(datum.raw)").mark_line(
            opacity=0.2, strokeWidth=1, clip=True
        ).encode(y=alt.Y("raw:Q", title=None, scale=scale), detail="key:N"))
    both = len({line.split for line in panel.lines}) > 1
    for split in ("train", "val"):
        dashed = {"strokeDash": [6, 4], "opacity": 0.65} if both and split == "train" else {}
        layers.append(base.transform_filter(f"datum.split == '{split}'").mark_line(
            strokeWidth=1.4 if many else 2.2, clip=True, point=_lone(panel), **dashed
        ).encode(y=y, detail="key:N"))
    return alt.layer(*layers)


def _lone(panel: PanelPicture) -> bool:
    """Whether its lines are single points, which no stroke shows."""
    return max(map(len, panel.lines)) < 2


def _rows(panel: PanelPicture, many: bool) -> list[dict]:
    found = []
    for line in panel.lines:
        value = line.series.value
        rows = compare_lines.rows_to_draw(line, _POINTS_OF_MANY if many else _POINTS)
        if panel.log:
            rows = rows[value[rows] > 0]
        parts = {"x": line.x, "y": value, "raw": line.raw, "low": line.low, "high": line.high}
        columns = {name: part[rows] for name, part in parts.items() if part is not None}
        if panel.log:  # far below the axis where there is no place for it
            for name in {"raw", "low", "high"} & set(columns):
                columns[name] = np.maximum(columns[name], 1e-9 * columns["y"])
        same = {"line": line.name, "split": line.split, "key": f"{line.split} {line.name}"}
        found += [
            {**same, **dict(zip(columns, values, strict=True))}
            for values in zip(*(one.tolist() for one in columns.values()), strict=True)
        ]
    return found
