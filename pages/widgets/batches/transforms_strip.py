"""What a pipeline makes of a picture: behind each step, and in several draws."""

import html
from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.data.pipeline import Step
from core.data.pipeline_outcome import After
from pages.widgets.inside import tiles

# One grey that shows on both grounds: the page's own colours are no CSS variables here.
_LINE = "rgba(128,140,150,.38)"
_STYLE = f"""{tiles.STYLE}<style>
.thaw-inside.pipeline {{display:grid; gap:1.1rem .9rem; align-items:start;
  grid-template-columns:repeat(auto-fill, minmax(min(168px, 44vw), 1fr))}}
.thaw-inside.draws {{display:grid; gap:.8rem;
  grid-template-columns:repeat(auto-fill, minmax(min(104px, 40vw), 1fr))}}
.thaw-inside.pipeline img, .thaw-inside.draws img {{aspect-ratio:auto; width:100%;
  background:{_LINE}}}
.thaw-inside.pipeline .two {{grid-column:span 2; display:grid; gap:.5rem;
  grid-template-columns:1fr 1fr}}
.thaw-inside.pipeline b {{font-weight:650; overflow-wrap:anywhere}}
.thaw-inside.pipeline .raised {{grid-column:1 / -1; border-left:3px solid #C8413A;
  padding:.2rem .8rem; font-size:.9rem; overflow-wrap:anywhere}}
.thaw-inside.pipeline .raised code {{font-size:.85rem; background:none; padding:0;
  white-space:pre-wrap}}
</style>"""


def show(found: Sequence[After], steps: Sequence[Step]) -> None:
    """Draws the picture as it came and behind each step that is on."""
    parts = [_raised(one, steps) if one.error else _figure(one, steps) for one in found]
    st.html(f"{_STYLE}<div class='thaw-inside pipeline'>{''.join(parts)}</div>")


def show_draws(draws: Sequence[np.ndarray], seed: int) -> None:
    """Draws the last picture for each seed."""
    figures = [
        tiles.figure(tiles.coloured(pixels), f"draw with seed {seed + number}",
                     f"<span class='faint'>seed {seed + number}</span>")
        for number, pixels in enumerate(draws)
    ]
    st.html(f"{_STYLE}<div class='thaw-inside draws'>{''.join(figures)}</div>")


def _figure(one: After, steps: Sequence[Step]) -> str:
    name = "As it came" if one.step is None else f"{one.step + 1} · {steps[one.step].name}"
    said = "" if one.changed else "<br><span class='faint'>nothing changed</span>"
    caption = f"<b>{html.escape(name)}</b><br><span class='faint'>{_facts(one)}</span>{said}"
    if one.undone is None:
        if one.stretched:
            caption += "<br><span class='faint'>smallest value black, largest white</span>"
        return tiles.figure(tiles.coloured(one.picture), name, caption)
    seen = tiles.figure(tiles.coloured(one.picture), f"{name}, as the model sees it",
                        f"{caption}<br><span class='faint'>as the model sees it</span>")
    undone = tiles.figure(tiles.coloured(one.undone), f"{name}, undone",
                          "<b>the same</b><br><span class='faint'>normalisation undone</span>")
    return f"<div class='two'>{seen}{undone}</div>"


def _facts(one: After) -> str:
    """Kind, shape, dtype and range of the values."""
    if one.kind == "PIL picture":
        width, height = one.shape[1], one.shape[0]
        shape = f"PIL, {width} × {height}"
    else:
        shape = f"{one.kind} [{', '.join(map(str, one.shape))}]"
    return f"{shape}<br>{one.dtype}, {_number(one.low)} to {_number(one.high)}"


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _raised(one: After, steps: Sequence[Step]) -> str:
    name = html.escape(steps[one.step].name)
    left = sum(later.on for later in steps[one.step + 1 :])
    rest = f" The {left} after it were not reached." if left > 1 else (
        " The one after it was not reached." if left else "")
    return (f"<div class='raised'><b>{one.step + 1} · {name}</b> raises:<br>"
            f"<code>{html.escape(one.error)}</code><br><span class='faint'>The steps before it "
            f"are drawn above.{rest}</span></div>")
