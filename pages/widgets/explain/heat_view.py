"""The image, what a model says of it, and where it looks for that."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.widgets.explain.heat_data import About, Picture
from pages.widgets.inside import tiles
from pages.widgets.plain import plain
from pages.widgets.runs import class_bars
from pages.widgets.runs import pixels as enlarging

_TOP = 5
_STYLE = """<style>
.thaw-heat {display:grid; gap:1rem; justify-content:start; align-items:start}
.thaw-heat.small {grid-template-columns:minmax(0, 280px)}
.thaw-heat.one {grid-template-columns:minmax(0, 440px)}
.thaw-heat.two {grid-template-columns:repeat(2, minmax(0, 440px))}
.thaw-heat.two > div {display:grid; grid-template-rows:subgrid; grid-row:span 2; row-gap:.3rem}
.thaw-heat.two > div > b {align-self:end}
.thaw-heat.two > div > figure {grid-row:2}
.thaw-heat b {display:block; font-weight:600; font-size:.95rem; line-height:1.3;
  overflow-wrap:anywhere}
.thaw-heat figcaption {font-size:.9rem}
</style>"""


@dataclass(frozen=True)
class Heat:
    """One map over the image.

    Attributes:
        title: Of the model, as it is; "" where there is one alone.
        pixels: uint8 [S, S, 3], as that model sees the image.
        heat: [h, w].
        highest: Of all maps that share its scale.
        caption: Below it, as it is.
    """

    title: str
    pixels: np.ndarray
    heat: np.ndarray
    highest: float
    caption: str


def show_answer(
    picture: Picture, about: About, pixels: np.ndarray, answer: np.ndarray, key: str
) -> None:
    """Draws the image as the model sees it, and what it takes it for.

    Args:
        pixels: uint8 [S, S, 3].
        answer: The probability of each class.
    """
    from core.evaluation.predict import Prediction

    high, wide = pixels.shape[:2]
    figure = tiles.figure(
        tiles.coloured(enlarging.squares(pixels)), picture.name,
        f"as the model sees it: {wide} × {high} pixels",
    )
    st.html(f"{tiles.STYLE}{_STYLE}<div class='thaw-inside thaw-heat small'>{figure}</div>")
    order = np.argsort(-answer, kind="stable")[:_TOP]
    said = plain(about.classes[order[0]])
    if picture.truth is None:
        st.markdown(f"**{said}**")
    elif order[0] == picture.truth:
        st.markdown(f":green[:material/check_circle:] **{said}**, which is right")
    else:
        st.markdown(f":red[:material/cancel:] **{said}**, the truth is "
                    f"**{plain(about.classes[picture.truth])}**")
    names = tuple(about.classes[at] for at in order)
    class_bars.show(Prediction("", names, tuple(map(float, answer[order]))), key=key)


def show(heats: Sequence[Heat | None], opacity: float) -> None:
    """Draws the maps, two in a row where there are more than one; the place of None stays empty."""
    from core.explain.overlay import overlay

    if not heats:
        return
    figures = []
    for one in heats:
        if one is None:
            figures.append("<div></div>")
            continue
        laid = overlay(enlarging.squares(one.pixels), one.heat, opacity, one.highest)
        title = f"<b>{html.escape(one.title)}</b>" if one.title else ""
        nothing = "" if one.heat.any() else " <b>Nothing here speaks for it.</b>"
        figures.append(f"<div>{title}" + tiles.figure(
            tiles.coloured(laid), f"where it looks: {one.caption}",
            html.escape(one.caption) + nothing,
        ) + "</div>")
    many = "one" if len(figures) == 1 else "two"
    st.html(f"{tiles.STYLE}{_STYLE}<div class='thaw-inside thaw-heat {many}'>"
            f"{''.join(figures)}</div>{_legend()}")


def _legend() -> str:
    from core.explain.overlay import ramp

    stops = ", ".join(f"rgb({r},{g},{b})" for r, g, b in ramp()[::15])
    return ("<div class='thaw-inside ramp' style='margin-top:.6rem'>nothing for it"
            f"<i style='background:linear-gradient(90deg, {stops})'></i>most for it</div>")
