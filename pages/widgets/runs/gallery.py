"""Images that were judged, with what a checkpoint said of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.runs.folder import Run
from pages.widgets.plain import plain, short
from pages.widgets.runs import answers, evaluated, pixels

if TYPE_CHECKING:  # importing it loads torch
    from core.evaluation.judged import Judged

MOST = 18  # images at once
_SIDE = 96  # pixels of an image on the page


def show(
    run: Run, which: str, images: evaluated.Images, judged: Judged, rows: Sequence[int],
    nothing: str,
) -> None:
    """Draws the images of these rows, as many as there is room for.

    Args:
        which: The checkpoint.
        images: What was judged.
        nothing: What is said where there is no row.
    """
    if not len(rows):
        st.markdown(nothing)
        return
    shown = [int(row) for row in rows[:MOST]]
    found = answers.pictures(run, which, images, [int(judged.places[row]) for row in shown])
    with st.container(horizontal=True):
        for row, picture in zip(shown, found, strict=True):
            with st.container(border=True, width=_SIDE + 34, gap="xsmall"):
                st.image(pixels.enlarged(picture), width=_SIDE)
                st.markdown(_words(judged, row))
    if len(rows) > MOST:
        st.caption(f"The first {MOST} of {len(rows):,}.")


def _words(judged: Judged, row: int) -> str:
    said = plain(short(judged.classes[judged.said[row]]))
    sure = f"{100 * judged.confidence[row]:.1f} %"
    if judged.right[row]:
        return f":green[:material/check_circle:] **{said}**, {sure}"
    true = plain(short(judged.classes[judged.targets[row]]))
    return f":red[:material/cancel:] **{said}**, {sure}  \ntruth: {true}"
