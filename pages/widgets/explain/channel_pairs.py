"""The strongest channels of a layer, and the same channels in the model beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.widgets.inside import tiles
from pages.widgets.inside.stage_cards import number
from pages.widgets.plain import plain

if TYPE_CHECKING:
    from core.explain.feature_maps import FeatureMaps

_MOST = 12


def show(first: FeatureMaps, titles: Sequence[str], second: FeatureMaps | None) -> None:
    """Draws the channels that are strongest in the first model, in both where there are two.

    Args:
        titles: Of the models.
        second: Of the same layer; None for no second model, or one whose layer has another
            number of channels.
    """
    chosen = first.order("strongest")[:_MOST]
    for title, maps in zip(titles, (first, second), strict=False):
        if maps is not None:
            if second is not None:
                st.markdown(f"**{plain(title)}**")
            st.html(f"{tiles.STYLE}<div class='thaw-inside maps'>{_row(maps, chosen)}</div>")
    st.html(tiles.STYLE + tiles.ramp_legend("lowest of the map", "highest"))
    both = " The same channels in both models." if second is not None else ""
    st.caption(
        f"The {len(chosen)} of {len(first.maps):,} channels with the largest mean absolute value "
        f"for this image, each on a scale of its own.{both} Hover over a map for its figures."
    )


def _row(maps: FeatureMaps, chosen: np.ndarray) -> str:
    found = maps.channels
    figures = []
    for channel, levels in zip(chosen, maps.tiles(chosen, "each"), strict=True):
        state = "dead" if found.dead[channel] else ""
        held = f"{channel}: {number(found.min[channel])} … {number(found.max[channel])}"
        figures.append(tiles.figure(
            tiles.mapped(levels), f"map {channel}",
            f"{channel} <span class='faint'>{state or 'mean ' + number(found.mean[channel])}"
            "</span>", state, held,
        ))
    return "".join(figures)
