"""The activations from stage to stage, a small card each."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.widgets.inside import tiles
from pages.widgets.inside.inside_data import Pictured

if TYPE_CHECKING:
    from core.explain.flow import StageOutput


def show(stages: Sequence[StageOutput], seen: Pictured) -> None:
    """Draws the picture and then every stage in its order."""
    st.caption(
        "Bright is where a stage answers strongly: the mean of the absolute values over its "
        "channels, from lowest to highest. The bar is the share of values that are exactly zero. "
        "A vector is drawn as stripes, its numbers in their order."
    )
    cards = [_input(seen), *(_card(stage) for stage in stages)]
    st.html(f"{tiles.STYLE}<ol class='thaw-inside flow'>{''.join(cards)}</ol>")


def _input(seen: Pictured) -> str:
    side = seen.how.crop
    return (f"<li><figure><img {tiles.coloured(seen.pixels)} alt='the picture'></figure>"
            f"<b>picture</b><figcaption>3 × {side} × {side}</figcaption></li>")


def _card(stage: StageOutput) -> str:
    found = stage.statistics
    picture = stage.picture
    if stage.kind == "vector":
        picture = picture.repeat(len(picture[0]), axis=0)
    name = html.escape(stage.name)
    figures = (f"mean {number(found.mean)}<br>std {number(found.std)}" if found.finite
               else "not finite")
    zeros = f"{100 * found.zeros:.0f} % zero"
    return (
        f"<li title='{name}: {html.escape(stage.type)}'>"
        f"<figure><img {tiles.mapped(picture)} alt='mean of {name}'></figure>"
        f"<b>{short(name)}</b><figcaption>{' × '.join(map(str, stage.shape))}<br>"
        f"<span class='faint'>{figures}</span>"
        f"<div class='bar'><i style='width:{100 * found.zeros:.1f}%'></i></div>"
        f"<span class='faint'>{zeros}</span></figcaption></li>"
    )


def short(name: str) -> str:
    """A stage's name without what holds it, unless nothing but a number is left."""
    parts = name.split(".")
    return parts[-1] if not parts[-1].isdigit() else ".".join(parts[-2:])


def number(value: float) -> str:
    """Three digits, with a true minus."""
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")
