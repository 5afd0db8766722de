"""What the weights' transforms make of a picture, and what the model takes it for."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd
import streamlit as st

from core.messages import Problem
from pages.widgets import notices, palette
from pages.widgets.inside import tiles
from pages.widgets.inside.inside_data import Pictured

if TYPE_CHECKING:
    from core.explain.answer import Answer

_ROW = 30  # pixels


def show_transforms(seen: Pictured, *, borrowed: bool) -> None:
    """Draws the picture as it came and as the model sees it.

    Args:
        borrowed: Whether the transforms are those of other weights of the model.
    """
    width, height = seen.size
    how = seen.how
    came = tiles.figure(tiles.coloured(seen.before), "the picture as it came",
                        f"As it came<br><span class='faint'>{width} × {height}</span>")
    sees = tiles.figure(tiles.coloured(seen.pixels), "the picture as the model sees it",
                        f"As the model sees it<br><span class='faint'>{how.crop} × {how.crop}"
                        "</span>")
    st.html(f"{tiles.STYLE}<div class='thaw-inside pair'>{came}{sees}</div>")
    square = seen.as_drawn or width == height
    cut = "" if how.resize == how.crop and square else (
        f"; the middle {how.crop} × {how.crop} cut out")
    whose = "The transforms of the default weights" if borrowed else "The weights' own transforms"
    coded = "The ink, counted in 8×8 blocks, light on dark. " if seen.as_drawn else ""
    st.caption(
        f"{coded}{whose}: shorter side to {how.resize} px, {html.escape(how.interpolation)}{cut}; "
        f"0 … 255 to 0 … 1; minus {_numbers(how.mean)}, divided by {_numbers(how.std)}."
    )


def show_answer(answer: Answer | Problem) -> None:
    """Draws the likeliest categories as bars, or why there are none."""
    if isinstance(answer, Problem):
        notices.show(answer, "warning")
        return
    pixels = answer.of == "pixels"
    st.markdown("**Shares of the pixels**" if pixels else "**Top-5 prediction**")
    st.altair_chart(_bars(answer), key="inside.answer")
    st.caption("Categories as the weights name them; "
               + ("every pixel counts for its likeliest one." if pixels
                  else "softmax of the model's output."))


def _bars(answer: Answer) -> alt.LayerChart:
    rows = pd.DataFrame({"category": answer.categories, "share": answer.shares})
    base = alt.Chart(rows, height=_ROW * len(rows)).encode(
        y=alt.Y("category:N", sort=None, title=None, axis=alt.Axis(
            domain=False, ticks=False, labelLimit=150, labelFontSize=14)),
        # Room behind the longest bar for its figure.
        x=alt.X("share:Q", scale=alt.Scale(domain=[0, 1.2]), axis=None),
    )
    bars = base.mark_bar(cornerRadiusEnd=3, height=16).encode(
        color=alt.condition(
            alt.datum["category"] == answer.categories[0], alt.value(palette.ACCENT.here()),
            alt.value(palette.MUTED.here()),
        )
    )
    figures = base.mark_text(
        align="left", dx=5, fontSize=13, color=palette.TEXT.here()
    ).encode(text=alt.Text("share:Q", format=".1%"))
    return alt.layer(bars, figures)


def _numbers(values: tuple[float, ...]) -> str:
    same = len(set(values)) == 1
    return f"{values[0]:.3g}" if same else "(" + ", ".join(f"{one:.3g}" for one in values) + ")"
