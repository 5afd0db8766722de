"""The pictures of an embedding side by side, their measures, and the image of a point."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.state import person
from pages.widgets.explain import embedding_chart, embedding_images, embedding_points
from pages.widgets.explain.embedding_choice import LaidOut, Wanted
from pages.widgets.plain import plain
from pages.widgets.runs.reading import SeenRun

if TYPE_CHECKING:  # importing it loads torch
    from core.explain.embedding import Embedding

_PCA, _TSNE = "PCA", "t-SNE"
_WAYS = {
    _PCA: "Each picture shows the two directions in which its own features differ most. What "
    "lies apart here is apart; what lies together may still differ in the other directions.",
    _TSNE: "t-SNE keeps who is near whom. Two t-SNE pictures share no scale: how far groups are "
    "from each other, and where, does not compare; how clearly the classes part does. Each is "
    "turned as a whole to lie most like the first.",
}
_NEAR = (
    "The share of images for which the five others that lie nearest, in all features, vote for "
    "the right class. No head takes part: it says what the features are worth. The neighbours "
    "are held-out images with known classes, so it does not compare with the head's accuracy."
)
_SILHOUETTE = (
    "From -1 to 1, in all features: 1 where each class is a dense group far from the others, 0 "
    "where they overlap."
)
_QUIET = {"width": "content", "delta_arrow": "off"}


def show(seen: SeenRun, asked: Wanted, laid_out: Sequence[LaidOut]) -> None:
    """Draws the way of projecting, a picture for each model, and the chosen image.

    Args:
        asked: A checkpoint of the run, whose data the images are of.
        laid_out: The same images; at least one.
    """
    first = laid_out[0].found
    way, bright, perplexity = _choices(seen, first)
    if perplexity is None:
        points = embedding_points.by_pca(laid_out)
    else:
        back = partial(person.hold, _way_key(seen), _PCA)
        points = embedding_points.by_tsne(laid_out, perplexity, back)
    if points is None:
        return
    keys = [f"explain.embedding points {seen.id} {place}" for place in range(len(laid_out))]
    chosen = _chosen(seen, keys, first)
    columns = st.columns(len(laid_out), gap="medium")
    for column, key, one, where in zip(columns, keys, laid_out, points, strict=True):
        with column:
            st.markdown(f"**{plain(one.title)}**  \n:small[{one.about}]")
            _measures(one.found, None if one.found is first else first)
            drawn = embedding_chart.chart(
                one.found, where, _axes(one.found, way), bright=bright, chosen=chosen
            )
            st.altair_chart(drawn, key=key, on_select="rerun")
    _remarks(laid_out)
    st.caption(
        f"{len(first):,} images, a point each, in the colour of the true class. A diamond with "
        f"an outline: the head says another class. {_WAYS[way]}"
    )
    if chosen is None:
        st.markdown(":material/touch_app: A click on a point shows its image.")
        return
    with st.container(border=True):
        embedding_images.show(asked, laid_out, chosen)


def _choices(seen: SeenRun, some: Embedding) -> tuple[str, list[int], int | None]:
    """Draws the choices; the last is the perplexity, None for PCA."""
    from core.explain import projection

    allowed = projection.perplexities(len(some))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        way = st.segmented_control(
            "Picture by", list(_WAYS), default=_PCA, required=True, width="content",
            key=_way_key(seen), persist_state="session",
        )
        perplexity = None
        if way == _TSNE:
            usual = min(projection.PERPLEXITY, allowed[-1])
            perplexity = st.selectbox(
                "Perplexity", allowed, index=allowed.index(usual), width=120,
                key=f"explain.embedding perplexity {seen.id} {len(some)}",
                persist_state="session",
                help="About how many neighbours each image looks to. Groups that stay through "
                "several values are there; others are made by the method.",
            )
        bright = st.multiselect(
            "Classes", range(len(some.classes)), format_func=lambda one: some.classes[one],
            placeholder="All", width=320, key=f"explain.embedding classes {seen.id}",
            persist_state="session", help="The others fade.",
        )
    return way, bright, perplexity


def _way_key(seen: SeenRun) -> str:
    return f"explain.embedding way {seen.id}"


def _chosen(seen: SeenRun, keys: Sequence[str], some: Embedding) -> int | None:
    """The row of the image that was clicked last, in any of the pictures."""
    name = f"explain.embedding image {seen.id}"
    for key in keys:
        held = person.held(key)
        picked = held["selection"].get(embedding_chart.IMAGE) if held else None
        row = int(picked[0]["row"]) if picked else None
        if person.is_new(f"{key} click", row) and held:
            person.remember(name, None if row is None else int(some.places[row]))
    rows = np.flatnonzero(some.places == person.choice(name, -1))
    return int(rows[0]) if len(rows) else None


def _measures(found: Embedding, first: Embedding | None) -> None:
    """Draws how well the classes part, with the change from the first picture."""
    now, before = found.separation, first.separation if first else None
    with st.container(horizontal=True, gap="medium"):
        if now.neighbours is None:
            st.markdown("One class alone: nothing to tell apart.")
        else:
            st.metric(
                "Neighbours agree", f"{100 * now.neighbours:.1f} %", help=_NEAR, **_QUIET,
                **_change(found, 100 * now.neighbours, before and 100 * before.neighbours, 1,
                          " points"),
            )
        if now.silhouette is not None:
            st.metric(
                "Silhouette", f"{now.silhouette:.2f}", help=_SILHOUETTE, **_QUIET,
                **_change(found, now.silhouette, before and before.silhouette, 2),
            )
    if found.epoch:
        right = 100 * (found.said == found.targets).mean()
        st.markdown(f":small[The head names {right:.1f} % of these images right.]")
    else:
        st.markdown(":small[The new head has learned nothing yet.]")


def _change(
    found: Embedding, now: float, before: float | None, places: int, unit: str = ""
) -> dict[str, str]:
    if before is None:  # the first picture, which is a checkpoint's where the start can't be had
        return {} if found.epoch else {"delta": "before", "delta_color": "off"}
    change = round(now - before, places)
    if not change:
        return {"delta": "as before", "delta_color": "off"}
    return {"delta": f"{change:+.{places}f}{unit}", "delta_color": "normal"}


def _axes(found: Embedding, way: str) -> tuple[str, str]:
    if way == _TSNE:
        return "", ""
    one, two = (f"{100 * share:.0f} %" for share in found.axes.explained[:2])
    return f"first direction, {one} of the variance", f"second direction, {two}"


def _remarks(laid_out: Sequence[LaidOut]) -> None:
    """Says which pictures are one picture."""
    for place, one in enumerate(laid_out):
        twin = next((it for it in laid_out[:place] if it.found.is_same_as(one.found)), None)
        if twin:
            st.info(
                f"**{plain(one.title)}** has the features of **{plain(twin.title)}** to the last "
                "bit: all before its head was frozen. What it learned is in the head alone.",
                icon=":material/ac_unit:",
            )
