"""The image with its heat, and what the model says of it."""

import html

import numpy as np
import streamlit as st

from pages.widgets.explain.heat_data import About, Picture
from pages.widgets.inside import tiles
from pages.widgets.plain import plain
from pages.widgets.runs import pixels as enlarging

OPACITY = 0.6


def show_answer(picture: Picture, about: About, answer: np.ndarray) -> None:
    """Draws what the model takes the image for, and the truth where it is known."""
    said = int(answer.argmax())
    sure = f"{100 * answer[said]:.1f} %"
    name = plain(about.classes[said])
    if picture.truth is None:
        st.markdown(f"**{name}**, {sure}")
        return
    mark = (":green[:material/check_circle:]" if said == picture.truth
            else ":red[:material/cancel:]")
    st.markdown(f"{mark} **{name}**, {sure}  \ntruth: {plain(about.classes[picture.truth])}")


def show(pixels: np.ndarray, heat: np.ndarray, name: str) -> None:
    """Draws the picture as the model sees it, and beside it with the heat.

    Args:
        pixels: uint8 [S, S, 3].
        heat: [h, w].
        name: Of the class.
    """
    from core.explain.overlay import overlay

    large = enlarging.squares(pixels)
    figures = [
        tiles.figure(tiles.coloured(large), "the picture", "as the model sees it"),
        tiles.figure(tiles.coloured(overlay(large, heat, OPACITY)), f"heat for {name}",
                     f"what speaks for {html.escape(name)}"),
    ]
    st.html(f"{tiles.STYLE}<div class='thaw-inside maps'>{''.join(figures)}</div>")
