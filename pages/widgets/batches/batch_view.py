"""One batch: its tensors with shapes and dtypes, as pictures or as numbers."""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
import streamlit as st
from PIL import Image

from core.data.batch import Batch, Leaf
from pages.widgets.plain import plain

_ROWS, _COLUMNS, _PICTURES, _LEAVES = 16, 24, 48, 12
_SIDE = 96  # pixels a picture is sent with at most

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


def show(number: int, batch: Batch, classes: Sequence[str], *, is_image: bool) -> None:
    """Draws a batch.

    Args:
        number: Its place in the epoch, from 0.
        classes: Names of all classes of the data set.
        is_image: Whether float tensors [B, 3, H, W] are pictures.
    """
    with st.container(border=True, gap="small"):
        worker = "" if batch.worker is None else f" · made by worker {batch.worker}"
        st.markdown(f"**Batch {number}** · samples {_joined(batch.indices)}{worker}")
        for leaf in batch.leaves[:_LEAVES]:
            _leaf(leaf, batch, classes, is_image=is_image)
        if len(batch.leaves) > _LEAVES:
            st.caption(f"… and {len(batch.leaves) - _LEAVES} more of the same kind")


def _leaf(leaf: Leaf, batch: Batch, classes: Sequence[str], *, is_image: bool) -> None:
    name = f"`{leaf.name}` " if leaf.name else ""
    shape = f" · shape `{list(leaf.shape)}`" if leaf.kind in ("tensor", "ndarray") else ""
    padding = ""
    if leaf.padding:
        share = leaf.padding / max(int(np.prod(leaf.shape)), 1)
        padding = f" · padding: {leaf.padding:,} of the values ({share:.0%})"
    st.markdown(f"{name}{leaf.kind} `{leaf.dtype}`{shape}{padding}")
    if leaf.value is None:
        return
    if is_image and leaf.value.dtype.kind == "f" and leaf.value.ndim in (3, 4):
        pictures = leaf.value if leaf.value.ndim == 4 else leaf.value[None]
        st.html(_STYLE + _pictures(pictures, _captions(leaf, batch, classes)))
    else:
        st.html(_STYLE + _numbers(leaf))


def _captions(leaf: Leaf, batch: Batch, classes: Sequence[str]) -> list[tuple[str, int]]:
    """Class and index of each picture; a list of samples names its own place."""
    place = leaf.name.partition(".")[0]
    indices = batch.indices
    if leaf.value is not None and leaf.value.ndim == 3 and place.isdigit() and len(indices) > 1:
        indices = indices[int(place) : int(place) + 1]
    labels = next((one.value for one in batch.leaves if one.name == "1" and one.shape), None)
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
            f"<figure><img{small} alt='sample {index}' src='{_as_url(picture)}'>"
            f"<figcaption>{html.escape(name)} <span>{index}</span></figcaption></figure>"
        )
    more = ""
    if len(captions) > len(figures):
        more = f"<p>… and {len(captions) - len(figures)} more</p>"
    return f"<div class='thaw-pictures'>{''.join(figures)}</div>{more}"


def _as_url(picture: np.ndarray) -> str:
    """A float picture [C, H, W] in [0, 1] as a PNG within the page."""
    pixels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)
    image = Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[..., 0])
    image.thumbnail((_SIDE, _SIDE))
    file = io.BytesIO()
    image.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _numbers(leaf: Leaf) -> str:
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
        cells = "".join(
            _cell(one, is_padding=column >= brought)
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


def _joined(indices: Sequence[int]) -> str:
    shown = ", ".join(map(str, indices[:24]))
    return plain(shown + (f" … ({len(indices)})" if len(indices) > 24 else ""))
