"""The epoch as a strip: which batch is shown, which is short, what drop_last leaves out."""

from collections.abc import Sequence

import streamlit as st

from core.data.batch import Explored
from pages.widgets import palette

_CELLS, _FIRST = 150, 100  # batches that are drawn one by one, and of more the first
_NAMED = 12  # samples that are named


def show(found: Explored, number: int, dropped: Sequence[int], batch_size: int | None) -> None:
    """Draws the first epoch.

    Args:
        number: The batch that is shown.
        dropped: Samples that `drop_last` leaves out.
        batch_size: That a full batch has; None without batching.
    """
    sizes = [len(batch) for batch in found.epochs[0]] if found.epochs else []
    if not sizes:
        return
    st.html(_style() + _strip(sizes, number, len(found.batches), dropped, batch_size))


def said_of_the_end(
    sizes: Sequence[int], last: Sequence[int], dropped: Sequence[int], batch_size: int | None
) -> str:
    """What is to be said of the last batch, in Markdown; "" where it is as full as the others."""
    if dropped:
        count = "1 sample" if len(dropped) == 1 else f"{len(dropped)} samples"
        return f"`drop_last` leaves out {count} of this epoch: {_named(dropped)}."
    if batch_size and 0 < sizes[-1] < batch_size == max(sizes):
        return (
            f"The last batch has {sizes[-1]} of {batch_size} samples: {_named(last)}. "
            "`drop_last` would leave them out."
        )
    return ""


def _named(samples: Sequence[int]) -> str:
    named = ", ".join(map(str, samples[:_NAMED]))
    return named + (f", … ({len(samples)})" if len(samples) > _NAMED else "")


def _strip(
    sizes: Sequence[int], number: int, made: int, dropped: Sequence[int], batch_size: int | None
) -> str:
    shown = range(len(sizes))
    between = ""
    if len(sizes) > _CELLS:
        first, last = max(_FIRST, made), 3
        shown = range(first)
        between = f"<span>{len(sizes) - first - last:,} more</span>" + "".join(
            _cell(place, sizes, number, made, batch_size)
            for place in range(len(sizes) - last, len(sizes))
        )
    cells = "".join(_cell(place, sizes, number, made, batch_size) for place in shown)
    gone = ""
    if dropped:
        gone = f"<i class='gone' style='flex:{len(dropped)}' title='left out: {len(dropped)}'></i>"
    words = f"{len(sizes)} batches, batch {number} is shown"
    return f"<div class='thaw-strip' role='img' aria-label='{words}'>{cells}{between}{gone}</div>"


def _cell(
    place: int, sizes: Sequence[int], number: int, made: int, batch_size: int | None
) -> str:
    kind = "on" if place == number else "made" if place < made else "more"
    if batch_size and sizes[place] < batch_size and place == len(sizes) - 1:
        kind += " short"
    return (
        f"<i class='{kind}' style='flex:{sizes[place]}' "
        f"title='batch {place}: {sizes[place]} samples'></i>"
    )


def _style() -> str:
    accent, line = palette.ACCENT.here(), palette.MUTED.here()
    text, ground = palette.TEXT.here(), palette.GROUND.here()
    return f"""<style>
.thaw-strip {{display:flex; gap:1px; height:34px; align-items:stretch; padding:5px 0}}
.thaw-strip i {{min-width:1px; border-radius:2px; background:{line}; opacity:.35}}
.thaw-strip i.made {{background:{accent}; opacity:.5}}
.thaw-strip i.on {{background:{accent}; opacity:1; min-width:5px; margin:-5px 0}}
.thaw-strip i.short {{outline:2px solid {text}; outline-offset:1px; margin-left:3px; min-width:4px}}
.thaw-strip i.gone {{opacity:1; min-width:8px; margin-left:5px; border:1.5px dashed {text};
  background:repeating-linear-gradient(135deg, {line} 0 1.5px, {ground} 1.5px 5px)}}
.thaw-strip span {{font-size:.8rem; align-self:center; padding:0 .5rem; white-space:nowrap;
  color:{line}}}
</style>"""
