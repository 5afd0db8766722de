"""Images as points, near where a model finds them alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from pages.widgets import palette

if TYPE_CHECKING:  # importing it loads torch
    from core.explain.embedding import Embedding

IMAGE = "image"  # the selection that a click on a point makes: its `row`
_HEIGHT = 380  # pixels
_NAMED = 30  # classes up to which each has its name in the picture


def chart(
    found: Embedding, points: np.ndarray, titles: Sequence[str], *,
    bright: Collection[int] = (), chosen: int | None = None,
) -> alt.LayerChart:
    """A point for each image, in the colour of its true class; a click selects one.

    What the model says wrong has another shape and an outline, but not before the first step,
    where a new head only guesses.

    Args:
        points: [N, 2].
        titles: Of both axes.
        bright: Classes that stay bright; () for all.
        chosen: Row of the image with a ring; its nearest images have a thinner one.
    """
    frame = _frame(found, points, bright)
    colours = alt.Scale(domain=list(found.classes), range=palette.of_classes(len(found.classes)))
    base = alt.Chart(frame, height=_HEIGHT).encode(
        x=_axis("x", points[:, 0], titles[0]), y=_axis("y", points[:, 1], titles[1])
    )
    said = [] if not found.epoch else [
        alt.Tooltip("said:N", title="said"), alt.Tooltip("sure:Q", title="sure", format=".1%")
    ]
    dots = base.mark_point(filled=True).encode(
        color=alt.Color("true:N", scale=colours, legend=None),
        shape=alt.Shape("mark:N", legend=None,
                        scale=alt.Scale(domain=["right", "wrong"], range=["circle", "diamond"])),
        size=alt.condition("datum.mark == 'wrong'", alt.value(110), alt.value(45)),
        stroke=alt.condition("datum.mark == 'wrong'", alt.value(palette.TEXT.here()),
                             alt.value(palette.GROUND.here())),
        strokeWidth=alt.condition("datum.mark == 'wrong'", alt.value(1.5), alt.value(0.5)),
        opacity=alt.condition("datum.bright", alt.value(0.9), alt.value(0.08)),
        order=alt.Order("front:Q"),
        tooltip=[alt.Tooltip("true:N", title="true class"), *said],
    ).add_params(alt.selection_point(name=IMAGE, fields=["row"], toggle=False))
    return alt.layer(dots, *_names(frame, found), *_rings(base, found, chosen))


def _frame(found: Embedding, points: np.ndarray, bright: Collection[int]) -> pd.DataFrame:
    names = np.array(found.classes, dtype=object)
    wrong = (found.said != found.targets) & bool(found.epoch)
    return pd.DataFrame({
        "row": np.arange(len(found)), "x": points[:, 0], "y": points[:, 1],
        "true": names[found.targets], "said": names[found.said], "sure": found.confidence,
        "mark": np.where(wrong, "wrong", "right"),
        "bright": np.isin(found.targets, list(bright)) if bright else True,
        "front": wrong.astype(int),
    })


def _axis(name: str, values: np.ndarray, title: str) -> alt.X | alt.Y:
    low, high = float(values.min()), float(values.max())
    room = 0.05 * (high - low) or 1.0
    scale = alt.Scale(domain=[low - room, high + room], nice=False, zero=False)
    axis = alt.Axis(title=title or None, labels=False, ticks=False, grid=False, domain=False)
    return (alt.X if name == "x" else alt.Y)(f"{name}:Q", scale=scale, axis=axis)


def _rings(base: alt.Chart, found: Embedding, chosen: int | None) -> list[alt.Chart]:
    """Always there, so that a click changes data alone and the picture stays as it is."""
    near = [] if chosen is None else [int(row) for row in found.near[chosen]]
    rings = base.transform_filter(
        alt.FieldOneOfPredicate("row", near + ([] if chosen is None else [chosen]))
    )
    return [rings.mark_point(shape="circle", filled=False, color=palette.TEXT.here()).encode(
        size=alt.condition(f"datum.row == {-1 if chosen is None else chosen}",
                           alt.value(420), alt.value(150)),
        strokeWidth=alt.condition(f"datum.row == {-1 if chosen is None else chosen}",
                                  alt.value(3.5), alt.value(2)),
    )]


def _names(frame: pd.DataFrame, found: Embedding) -> list[alt.Chart]:
    """Each class's name in the middle of its points."""
    if len(found.classes) > _NAMED:
        return []
    middles = frame[frame["bright"]].groupby("true", as_index=False)[["x", "y"]].median()
    base = alt.Chart(middles).encode(x="x:Q", y="y:Q", text="true:N")
    text = {"fontSize": 15, "fontWeight": "bold", "limit": 110}
    ground = palette.GROUND.here()
    return [
        base.mark_text(stroke=ground, strokeWidth=5, strokeJoin="round", fill=ground, **text),
        base.mark_text(color=palette.TEXT.here(), **text),
    ]
