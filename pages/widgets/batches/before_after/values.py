"""One value of a sample or of a batch as a piece of the page: a picture, numbers, a bar."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pages.widgets.batches import picture_url

_LETTERS, _FEWEST, _MOST = 26, 3, 12  # of the numbers that stand side by side
_AIRY = 5  # so many have room between them


@dataclass(frozen=True)
class Look:
    """How all values of one part are drawn, so that before and after can be compared.

    Attributes:
        kind: "picture", "numbers", "bars" (of sequences too long for their numbers) or "words".
        most: Numbers that are shown of each.
        longest: Of all sequences: a bar of this many values is as wide as there is room.
        tight: Whether there are many numbers.
    """

    kind: str
    most: int = _MOST
    longest: int = 1
    tight: bool = False


def look_of(values: Sequence[np.ndarray | None], *, is_image: bool) -> Look:
    """How to draw values that belong together."""
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return Look("words")
    if is_image and all(map(picture_url.is_picture, known)):
        return Look("picture", longest=max(max(value.shape[-2:]) for value in known))
    longest = max(value.size for value in known)
    letters = max((len(number(one)) for value in known for one in value.flat[:_MOST]), default=1)
    most = max(_FEWEST, min(_MOST, _LETTERS // (letters + 1)))
    lengths = {value.shape for value in known}
    if longest > most and len(lengths) > 1 and all(value.ndim == 1 for value in known):
        return Look("bars", longest=longest)
    return Look("numbers", most=most, tight=min(longest, most) > _AIRY)


def draw(value: np.ndarray | None, look: Look, filled: np.ndarray | None = None) -> str:
    """The value; what no sample brought is hatched."""
    if value is None:
        return "<span class='word'>…</span>"
    if look.kind == "picture":
        return _picture(value, look, filled)
    if look.kind == "bars":
        return _bar(value, look, filled)
    cells = list(value.flat[: look.most])
    marks = [False] * len(cells) if filled is None else list(filled.flat[: look.most])
    more = "<i>…</i>" if value.size > look.most else ""
    tight = " tight" if look.tight else ""
    return f"<span class='cells{tight}'>" + "".join(
        f"<b{' class=pad title=padding' if mark else ''}>{number(cell)}</b>"
        for cell, mark in zip(cells, marks, strict=True)
    ) + more + "</span>"


def number(value: np.generic) -> str:
    """A number as PyTorch would print it, more or less."""
    if value.dtype.kind != "f":
        return html.escape(str(value))
    return f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def _picture(value: np.ndarray, look: Look, filled: np.ndarray | None) -> str:
    height, width = value.shape[-2:]
    scale = 100 / look.longest
    hatch = ""
    if filled is not None:
        kept_rows = int((~filled[0]).any(axis=1).sum())
        kept_columns = int((~filled[0]).any(axis=0).sum())
        hatch = (
            f"<u style='left:{100 * kept_columns / width:.3g}%;top:0;right:0;bottom:0'></u>"
            f"<u style='left:0;width:{100 * kept_columns / width:.3g}%;"
            f"top:{100 * kept_rows / height:.3g}%;bottom:0'></u>"
        )
    small = " class=small" if look.longest <= 64 else ""
    return (
        f"<span class='picture'><span style='width:{width * scale:.4g}%;"
        f"height:{height * scale:.4g}%'><img{small} alt='' src='{picture_url.of(value)}'>"
        f"{hatch}</span></span>"
    )


def _bar(value: np.ndarray, look: Look, filled: np.ndarray | None) -> str:
    brought = value.size if filled is None else int((~filled).sum())
    in_front = filled is not None and bool(filled.flat[0])
    full = f"<s style='flex:{brought}'>{brought}</s>"
    padding = value.size - brought
    hatch = f"<u style='flex:{padding}' title='{padding} of padding'></u>" if padding else ""
    width = 100 * value.size / max(look.longest, 1)
    inner = hatch + full if in_front else full + hatch
    return f"<span class='bar'><span style='width:{width:.4g}%'>{inner}</span></span>"
