"""One batch: its tensors with shape, dtype, value range and memory, as pictures or as numbers."""

import html
from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.data.batch import Batch, Leaf
from pages.widgets import sizes
from pages.widgets.batches import normalised, picture_url
from pages.widgets.batches.normalised import Colours

_ROWS, _COLUMNS, _PICTURES, _LEAVES = 16, 24, 48, 12

# One grey that shows on both grounds: the page's own colours are no CSS variables here.
_STYLE = """<style>
.thaw-pictures {display:flex; flex-wrap:wrap; gap:.5rem}
.thaw-pictures figure {margin:0; width:64px}
.thaw-pictures img {width:64px; height:64px; object-fit:contain; display:block;
  border-radius:.3rem; border:1px solid rgba(128,140,150,.35); background:#000}
.thaw-pictures img.small {image-rendering:pixelated}
.thaw-pictures figcaption {font-size:.8rem; line-height:1.25; margin-top:.15rem;
  overflow-wrap:anywhere; display:-webkit-box; -webkit-line-clamp:2; -webkit-box-orient:vertical;
  overflow:hidden}
.thaw-pictures figcaption span {opacity:.65}
.thaw-values {overflow-x:auto}
.thaw-values table {border-collapse:collapse; font-variant-numeric:tabular-nums;
  font-size:.9rem; width:auto; margin:0}
.thaw-values td, .thaw-values th {padding:.15rem .6rem; text-align:right;
  border:1px solid rgba(128,140,150,.35); font-weight:400; white-space:nowrap}
.thaw-values th {opacity:.65}
.thaw-values td.pad {background:repeating-linear-gradient(45deg, transparent 0 4px,
  rgba(128,140,150,.45) 4px 5px)}
.thaw-values td.pad span {opacity:.6}
</style>"""


def show(
    batch: Batch, classes: Sequence[str], *, is_image: bool, in_front: bool = False
) -> None:
    """Draws every tensor and value of a batch.

    Args:
        classes: Names of all classes of the data set.
        is_image: Whether float tensors [B, 3, H, W] are pictures.
        in_front: Whether padding stands before what a sample brought.
    """
    colours = normalised.edit() if is_image else None
    for leaf in batch.leaves[:_LEAVES]:
        _leaf(leaf, batch, classes, colours, in_front=in_front)
    if len(batch.leaves) > _LEAVES:
        st.caption(f"… and {len(batch.leaves) - _LEAVES} more of the same kind")


def _leaf(
    leaf: Leaf, batch: Batch, classes: Sequence[str], colours: Colours | None, *, in_front: bool
) -> None:
    value = leaf.value
    is_picture = (
        colours is not None and value is not None and value.dtype.kind == "f"
        and value.ndim in (3, 4) and value.size > 0
    )
    if is_picture and colours.normalises:
        value = colours.normalise(value)
    st.markdown(_facts(leaf, value))
    if value is None:
        return
    if is_picture:
        shown = colours.as_seen(value)
        pictures = shown if shown.ndim == 4 else shown[None]
        st.html(_STYLE + _pictures(pictures, _captions(leaf, batch, classes)))
        if colours.normalises:
            st.caption(colours.said())
    else:
        st.html(_STYLE + _numbers(leaf, in_front=in_front))


def _facts(leaf: Leaf, value: np.ndarray | None) -> str:
    name = f"`{leaf.name}` " if leaf.name else ""
    facts = [f"{name}{leaf.kind} `{leaf.dtype}`"]
    if leaf.kind in ("tensor", "ndarray"):
        facts.append(f"shape `{list(leaf.shape)}`")
    if value is not None and value.size and value.dtype.kind in "fiub":
        of = "" if value.shape == leaf.shape else f" (first {len(value)})"
        low, high = np.min(value), np.max(value)
        facts.append(f"values {_number(low)} to {_number(high)}{of}")
    if value is not None and leaf.shape:
        count = int(np.prod(leaf.shape)) * leaf.value.itemsize
        exact = f" ({count:,} bytes)" if count >= 1000 else ""
        facts.append(f"{sizes.of_bytes(count)}{exact}")
    if leaf.padding:
        share = leaf.padding / max(int(np.prod(leaf.shape)), 1)
        facts.append(f"padding: {leaf.padding:,} of the values ({share:.0%})")
    return " · ".join(facts)


def _captions(leaf: Leaf, batch: Batch, classes: Sequence[str]) -> list[tuple[str, int]]:
    """Class and index of each picture; a list of samples names its own place."""
    place = leaf.name.partition(".")[0]
    indices = batch.indices
    if leaf.value is not None and leaf.value.ndim == 3 and place.isdigit() and len(indices) > 1:
        indices = indices[int(place) : int(place) + 1]
    labels = next(
        (one.value for one in batch.leaves if one.name == "1" and len(one.shape) == 1), None
    )
    names = []
    for position, index in enumerate(indices):
        known = labels is not None and position < len(labels)
        names.append((classes[int(labels[position])] if known else "", index))
    return names


def _pictures(pictures: np.ndarray, captions: Sequence[tuple[str, int]]) -> str:
    figures = []
    for picture, (name, index) in zip(pictures[:_PICTURES], captions, strict=False):
        small = " class='small'" if max(picture.shape[-2:]) <= 64 else ""
        figures.append(
            f"<figure><img{small} alt='sample {index}' src='{picture_url.of(picture)}'>"
            f"<figcaption>{html.escape(name)} <span>{index}</span></figcaption></figure>"
        )
    more = ""
    if len(captions) > len(figures):
        more = f"<p>… and {len(captions) - len(figures)} more</p>"
    return f"<div class='thaw-pictures'>{''.join(figures)}</div>{more}"


def _numbers(leaf: Leaf, *, in_front: bool) -> str:
    value = leaf.value
    if value.ndim == 0:
        rows = [[value]]
    elif value.ndim == 1:
        rows = [value]
    else:
        rows = list(value.reshape(len(value), -1))
    lines = []
    for place, row in enumerate(rows[:_ROWS]):
        brought = leaf.lengths[place] if leaf.lengths else len(row)
        missing = len(row) - brought
        cells = "".join(
            _cell(one, is_padding=column < missing if in_front else column >= brought)
            for column, one in enumerate(row[:_COLUMNS])
        )
        more = "<th>…</th>" if len(row) > _COLUMNS else ""
        lines.append(f"<tr>{cells}{more}</tr>")
    count = leaf.shape[0] if leaf.shape and value.ndim > 1 else len(rows)
    more = f"<p>… and {count - _ROWS} more rows</p>" if count > _ROWS else ""
    return f"<div class='thaw-values'><table>{''.join(lines)}</table>{more}</div>"


def _cell(value: np.generic, *, is_padding: bool) -> str:
    if is_padding:
        return f"<td class='pad' title='padding'><span>{_number(value)}</span></td>"
    return f"<td>{_number(value)}</td>"


def _number(value: np.generic) -> str:
    return html.escape(f"{value:.6g}" if value.dtype.kind == "f" else str(value))
