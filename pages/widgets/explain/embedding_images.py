"""The image of a point, and those that each model finds most like it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.widgets.explain.embedding_choice import LaidOut, Wanted
from pages.widgets.plain import plain
from pages.widgets.runs import answers, pixels

if TYPE_CHECKING:  # importing it loads torch
    from core.explain.embedding import Embedding

_SIDE, _SMALL = 150, 84  # pixels of an image on the page


def show(asked: Wanted, laid_out: Sequence[LaidOut], row: int) -> None:
    """Draws the image of a row, what each model says of it, and its nearest images.

    Args:
        asked: A checkpoint, whose data the images are of.
        laid_out: The same images; at least one.
        row: Of the chosen image.
    """
    some = laid_out[0].found
    place = int(some.places[row])
    true = plain(some.classes[some.targets[row]])
    own, others = st.columns([1, 4], gap="large")
    with own:
        (picture,) = _pictures(asked, [place])
        st.image(pixels.enlarged(picture), width=_SIDE)
        st.markdown(f"**{true}**, image {place:,}")
        for one in laid_out:
            if one.found.epoch:
                st.markdown(f"{_said(one.found, row)}  \n:small[{plain(one.title)}]")
    with others:
        for title, found in ((one.title, one.found) for one in laid_out):
            near = [int(one) for one in found.near[row]]
            same = int((found.targets[near] == found.targets[row]).sum())
            st.markdown(f"**{plain(title)}**: nearest in all {found.dimensions:,} features, "
                        f"{same} of {len(near)} are **{true}**")
            _draw_near(asked, found, near, int(found.targets[row]))


def _draw_near(asked: Wanted, found: Embedding, near: list[int], true: int) -> None:
    pictures = _pictures(asked, [int(found.places[one]) for one in near])
    with st.container(horizontal=True, gap="small"):
        for one, picture in zip(near, pictures, strict=True):
            name = plain(found.classes[found.targets[one]])
            with st.container(width=_SMALL, gap="xsmall"):
                st.image(pixels.enlarged(picture), width=_SMALL)
                st.markdown(f"**{name}**" if found.targets[one] == true else f":red[**{name}**]")


def _pictures(asked: Wanted, places: list[int]) -> list[np.ndarray]:
    return answers.pictures(asked.run, asked.which, asked.split, places)


def _said(found: Embedding, row: int) -> str:
    said = plain(found.classes[found.said[row]])
    right = found.said[row] == found.targets[row]
    mark = ":green[:material/check_circle:]" if right else ":red[:material/cancel:]"
    return f"{mark} **{said}**, {100 * found.confidence[row]:.1f} %"
