"""Samples and batches as tables of values and as pictures, with what was filled hatched."""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
import streamlit as st
from PIL import Image

from core.data.collate_trial import Made, Part, Tried
from pages.widgets import palette

_SIDE = 88  # pixels of the longest side of a picture on the page
_LEAST = 24  # and of the shortest
_PARTS = 12
_COLUMNS = 32

# One grey that shows on both grounds: the page's own colours are no CSS variables here.
_HATCHED = ("repeating-linear-gradient(45deg, transparent 0 4px, rgba(128,140,150,.45) 4px 5px)")
_STYLE = f"""<style>
.thaw-made {{overflow-x:auto}}
.thaw-made table {{border-collapse:collapse; font-variant-numeric:tabular-nums; font-size:.85rem;
  width:auto; margin:0}}
.thaw-made td {{padding:.1rem .5rem; text-align:right; white-space:nowrap; min-width:1.9rem;
  border:1px solid rgba(128,140,150,.35)}}
.thaw-made th {{padding:.1rem .5rem .1rem 0; text-align:left; font-weight:400; opacity:.7;
  border:none; white-space:nowrap}}
.thaw-made th .note {{display:inline-block; padding-left:.6rem; opacity:.8}}
.thaw-made td.filled {{background:{_HATCHED}}}
.thaw-made td.filled span {{opacity:.6}}
.thaw-made td.none {{border:1px dashed currentColor; opacity:.75; text-decoration:line-through}}
.thaw-made tr.misfit td {{border-color:currentColor; border-width:2px}}
.thaw-made p {{font-size:.85rem; opacity:.75; margin:.2rem 0 0}}
.thaw-made .figures {{display:flex; flex-wrap:wrap; gap:.6rem; align-items:flex-start}}
.thaw-made figure {{margin:0}}
.thaw-made img {{display:block; border:1px solid rgba(128,140,150,.5); image-rendering:pixelated;
  background:{_HATCHED}}}
.thaw-made figcaption {{font-size:.78rem; line-height:1.3; margin-top:.15rem; max-width:7rem;
  overflow-wrap:anywhere}}
.thaw-made .bar {{display:flex; height:5px; margin:.25rem 0 .1rem; border-radius:3px;
  overflow:hidden}}
</style>"""


def style() -> None:
    """Draws the style sheet of everything here, once a page."""
    st.html(_STYLE)


def show_samples(tried: Tried) -> None:
    """Draws the samples as they come out of the data set."""
    if not tried.samples:
        st.markdown("No sample came.")
        return
    if _is_picture(tried.samples[0][0]):
        captions = [
            html.escape(f"{label} · {_size(parts[0])}") + _index(tried, place)
            for place, (label, parts) in enumerate(zip(tried.labels, tried.samples, strict=True))
        ]
        values = [parts[0].value for parts in tried.samples]
        _draw(_figures(values, captions, _scale(tried)))
        return
    rows = [
        _row(f"{_name(tried, place)}{_note(f'label {label}')}", _flat(parts[0]))
        for place, (label, parts) in enumerate(zip(tried.labels, tried.samples, strict=True))
    ]
    _draw(f"<table>{''.join(rows)}</table>")


def show_batch(made: Made, tried: Tried) -> None:
    """Draws what a function made, part by part."""
    if made.name in ("list", "dict"):  # nothing was stacked
        _draw(_loose(made.parts, tried))
        return
    _draw("".join(f"<p>{_title(part)}</p>{_body(part, made, tried)}" for part in made.parts))


def show_attempt(tried: Tried, missing: int) -> None:
    """Draws what the lecture's function wanted to stack.

    Args:
        missing: Zeros that it adds to the first sample; below zero it wants to take some away.
    """
    values = [_flat(parts[0]) for parts in tried.samples]
    first = len(values[0]) + missing
    rows = []
    for place, value in enumerate(values):
        added = "<td class='filled'><span>0</span></td>" * missing if place == 0 else ""
        gone = -missing if place == 0 and missing < 0 else 0
        misfit = len(value) != first and place > 0
        rows.append(_row(
            _name(tried, place), value, after=added, gone=gone, kind="misfit" if misfit else ""
        ))
    _draw(f"<p>What it would stack:</p><table>{''.join(rows)}</table>")


# --- tables ----------------------------------------------------------------------------------


def _body(part: Part, made: Made, tried: Tried) -> str:
    value = part.value
    if value is None:
        return ""
    if _is_picture(part):
        pictures = value if value.ndim == 4 else value[None]
        masks = part.padding if part.padding is not None else [None] * len(pictures)
        if made.shares:
            captions = [_mixture(shares) for shares in made.shares]
        else:
            captions = [html.escape(label) for label in tried.labels]
        return _figures(pictures, captions, _scale(tried), masks)
    rows = [value] if value.ndim < 2 else list(value)
    masks = part.padding if part.padding is not None else [None] * len(rows)
    by_sample = value.ndim == 2 and len(rows) == len(tried.samples)
    lines = [
        _row(_name(tried, place) if by_sample else "", np.atleast_1d(row), mask)
        for place, (row, mask) in enumerate(zip(rows, masks, strict=False))
    ]
    return f"<table>{''.join(lines)}</table>"


def _row(
    name: str, values: np.ndarray, mask: np.ndarray | None = None, *, after: str = "",
    gone: int = 0, kind: str = "",
) -> str:
    cells = []
    for place, value in enumerate(values[:_COLUMNS]):
        if mask is not None and mask[place]:
            cells.append(f"<td class='filled' title='padding'><span>{_number(value)}</span></td>")
        elif place >= len(values) - gone:
            cells.append(f"<td class='none'>{_number(value)}</td>")
        else:
            cells.append(f"<td>{_number(value)}</td>")
    more = "<th>&nbsp;…</th>" if len(values) > _COLUMNS else ""
    head = f"<th>{name}</th>" if name else ""
    return f"<tr class='{kind}'>{head}{''.join(cells)}{more}{after}</tr>"


def _loose(parts: Sequence[Part], tried: Tried) -> str:
    """Parts that were not stacked: pictures first, then a line for each of the others."""
    pictures = [part for part in parts if _is_picture(part)]
    captions = [_title(part) for part in pictures]
    figures = _figures([part.value for part in pictures], captions, _scale(tried))
    others = [part for part in parts if not _is_picture(part) and part.value is not None]
    lines = [
        _row(f"<code>{html.escape(part.name)}</code>{_note(_kind(part))}", _flat(part))
        for part in others[: _PARTS * 2]
    ]
    more = f"<p>… and {len(others) - len(lines)} more</p>" if len(others) > len(lines) else ""
    return (figures if pictures else "") + f"<table>{''.join(lines)}</table>{more}"


def _title(part: Part) -> str:
    name = f"<code>{html.escape(part.name)}</code> " if part.name else ""
    return f"{name}{html.escape(_kind(part))}"


def _kind(part: Part) -> str:
    shape = f" · shape {list(part.shape)}" if part.kind in ("tensor", "ndarray") else ""
    return (part.dtype if part.kind == part.dtype else f"{part.kind} {part.dtype}") + shape


def _note(text: str) -> str:
    return f"<span class='note'>{html.escape(text)}</span>"


def _flat(part: Part) -> np.ndarray:
    return np.zeros(0) if part.value is None else np.atleast_1d(part.value).reshape(-1)


def _number(value: np.generic) -> str:
    return html.escape(f"{value:.4g}" if value.dtype.kind == "f" else str(value))


def _name(tried: Tried, place: int) -> str:
    return f"sample {tried.indices[place]}" if tried.indices else f"sample {place}"


def _index(tried: Tried, place: int) -> str:
    return f"<br><span style='opacity:.65'>{_name(tried, place)}</span>"


# --- pictures --------------------------------------------------------------------------------


def _is_picture(part: Part) -> bool:
    return part.value is not None and part.value.dtype == np.uint8 and part.value.ndim >= 3


def _size(part: Part) -> str:
    return f"{part.shape[-2]}×{part.shape[-1]}"


def _scale(tried: Tried) -> float:
    """Pixels of the page for one of a picture: the same for all, so that sizes compare."""
    sides = [max(parts[0].value.shape[:2]) for parts in tried.samples]
    return _SIDE / max(sides, default=1)


def _figures(
    pictures: Sequence[np.ndarray], captions: Sequence[str], scale: float,
    masks: Sequence[np.ndarray | None] = (),
) -> str:
    masks = masks if len(masks) else [None] * len(pictures)
    found = []
    for picture, caption, mask in zip(pictures, captions, masks, strict=False):
        height, width = (max(round(side * scale), _LEAST) for side in picture.shape[:2])
        found.append(
            f"<figure><img alt='' width='{width}' height='{height}' "
            f"style='width:{width}px;height:{height}px;max-width:none' "
            f"src='{_as_url(picture, mask)}'><figcaption>{caption}</figcaption></figure>"
        )
    return f"<div class='figures'>{''.join(found)}</div>"


def _mixture(shares: Sequence[tuple[str, float]]) -> str:
    """A soft label: a bar of its shares, and the shares in words."""
    colors = [palette.CATEGORICAL[place].here() for place in (0, 2)]
    bars = "".join(
        f"<span style='width:{share:.1%};background:{color}'></span>"
        for (_, share), color in zip(shares, colors, strict=False)
    )
    words = "<br>".join(f"{share:.0%} {html.escape(name)}" for name, share in shares)
    return f"<div class='bar'>{bars}</div>{words}"


def _as_url(picture: np.ndarray, mask: np.ndarray | None) -> str:
    """A picture [H, W, 3] as a PNG within the page; where it was filled one sees through it."""
    if mask is not None:
        opaque = np.where(mask, 0, 255).astype(np.uint8)
        picture = np.dstack([picture, opaque])
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _draw(inner: str) -> None:
    st.html(_wrapped(inner))


def _wrapped(inner: str) -> str:
    return f"<div class='thaw-made'>{inner}</div>"
