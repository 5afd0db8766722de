"""The maps of one layer as a grid, with what the layer and each channel hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.widgets.inside import paging, tiles, value_bars
from pages.widgets.inside.stage_cards import number

if TYPE_CHECKING:
    from core.explain.feature_maps import FeatureMaps

_PAGE = 64  # maps
_SCALES = {"each": "Each map by itself", "all": "All on one scale"}
_KINDS = {
    "channels": "Each picture is one channel of the output.",
    "tokens": "The output is a row of tokens; those of the patches are put back in their places. "
    "Each picture is one of the numbers that every token has.",
    "vector": "The output is one number a channel: bars in place of maps.",
    "slices": "The output is no map: each picture is one slice along its first axis.",
}


def show(maps: FeatureMaps, key: str) -> None:
    """Draws the figures, the order, and a page of maps; of a vector the bars.

    Args:
        key: Tells one layer of one model from another.
    """
    st.html(tiles.STYLE + _facts(maps))
    st.caption(_KINDS[maps.kind])
    if not maps.statistics.finite:
        st.caption("Some values are not finite: they are drawn as the lowest.")
    if maps.kind == "vector":
        value_bars.show(maps.maps[:, 0, 0], maps.order(paging.order()), key=f"inside.bars {key}")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        order = paging.order()
        scale = st.segmented_control(
            "Brightness", list(_SCALES), default="each", required=True, key="inside.scale",
            format_func=_SCALES.get, persist_state="session",
        )
    chosen = paging.page(maps.order(order), _PAGE, f"{key} {order}")
    st.html(f"{tiles.STYLE}<div class='thaw-inside maps'>{_figures(maps, chosen, scale)}</div>")
    _show_legend(maps, scale)
    if maps.aside is not None:
        st.markdown("**The class token**, which stands beside the patches")
        value_bars.show(maps.aside, np.arange(len(maps.aside)), key=f"inside.aside {key}")


def _facts(maps: FeatureMaps) -> str:
    found, channels = maps.statistics, maps.channels
    count = len(maps.maps)
    dead, constant = int(channels.dead.sum()), int(channels.constant.sum())
    facts = [("Output", " × ".join(map(str, maps.shape)), "Without the batch.")]
    if found.finite:
        facts += [
            ("Mean", number(found.mean), "Of all values."),
            ("Std", number(found.std), "Of all values."),
            ("Lowest … highest", f"{number(found.min)} … {number(found.max)}", "Of all values."),
        ]
    facts += [
        ("Zeros", f"{100 * found.zeros:.1f} %", "Share of values that are exactly zero."),
        ("Dead channels", f"{dead} of {count}",
         "Every value of the channel is exactly zero for this picture."),
    ]
    if maps.kind != "vector":
        facts.append(("Constant channels", f"{constant} of {count}",
                      "Not zero, but the same value everywhere for this picture."))
    rows = "".join(f"<div title='{why}'><span>{name}</span><b>{value}</b></div>"
                   for name, value, why in facts)
    return f"<div class='thaw-inside facts'>{rows}</div>"


def _figures(maps: FeatureMaps, chosen: np.ndarray, scale: str) -> str:
    channels = maps.channels
    figures = []
    for channel, levels in zip(chosen, maps.tiles(chosen, scale), strict=True):
        state = ("dead" if channels.dead[channel] else
                 "constant" if channels.constant[channel] else "")
        held = (f"{channel}: mean {number(channels.mean[channel])}, std "
                f"{number(channels.std[channel])}, {number(channels.min[channel])} … "
                f"{number(channels.max[channel])}, {100 * channels.zeros[channel]:.0f} % zero")
        figures.append(tiles.figure(
            tiles.mapped(levels), f"map {channel}",
            f"{channel} <span class='faint'>{state}</span>", "dead" if state else "", held,
        ))
    return "".join(figures)


def _show_legend(maps: FeatureMaps, scale: str) -> None:
    if scale == "all" and maps.statistics.finite:
        low, high = number(float(maps.maps.min())), number(float(maps.maps.max()))
    else:
        low, high = "lowest of the map", "highest"
    st.html(tiles.STYLE + tiles.ramp_legend(low, high))
    shown, full = maps.maps.shape[1:], maps.map_size
    averaged = f", averaged down to {shown[0]} × {shown[1]}" if shown != full else ""
    st.caption(
        f"Maps of {full[0]} × {full[1]}{averaged}. Strongest: the largest mean absolute value. "
        "A **dead** channel is zero everywhere for this picture, a **constant** one has one other "
        "value everywhere; another picture may wake them. Hover over a map for its figures."
    )
