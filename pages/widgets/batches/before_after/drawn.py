"""The picture as HTML: the samples, and what the collate function made of them."""

import html
from collections.abc import Sequence

import numpy as np

from core.data.batch import Batch, Leaf
from core.data.before_after import Block, Row, blocks_of
from pages.widgets import sizes
from pages.widgets.batches.before_after.values import Look, draw, look_of

_COLOURS = 8  # as many as samples are kept as they were


def draw_picture(
    batch: Batch, collate: str, function: str, classes: Sequence[str], *, is_image: bool
) -> str:
    """Both sides and the collate function between them.

    Args:
        collate: Its name in the table of collate functions.
        function: Its name in Python.
        classes: Names of all classes.
    """
    blocks = blocks_of(batch, collate)
    looks = _looks(batch, blocks, is_image=is_image)
    left = _before(batch, looks, classes)
    right = _after(blocks, looks, classes, more=len(batch.indices) - len(batch.samples))
    return (
        f"<div class='side before'><h4>{_said_before(batch)}</h4>{left}</div>"
        f"<div class='between'><span class='arrow' aria-hidden='true'></span>"
        f"<code>{html.escape(function).replace('_', '_<wbr>')}</code></div>"
        f"<div class='side after'><h4>{_said_after(blocks)}</h4>{right}</div>"
    )


def _class_of(classes: Sequence[str], key: str, value: np.ndarray | None) -> str:
    """The class's name beside its number, where the number alone says little."""
    if key not in ("1", "y") or value is None or value.ndim:
        return ""
    place = float(value)
    if not place.is_integer() or not 0 <= place < len(classes):
        return ""
    name = classes[int(place)]
    return "" if name == str(int(place)) else f"<small>{html.escape(name)}</small>"


def _looks(batch: Batch, blocks: Sequence[Block], *, is_image: bool) -> dict[str, Look]:
    """One look for a part before and after, by its name."""
    values: dict[str, list[np.ndarray | None]] = {}
    for sample in batch.samples:
        for leaf in sample:
            values.setdefault(leaf.name, []).append(leaf.value)
    for block in blocks:
        for place, row in enumerate(block.rows):
            name = block.parts[place] if block.parts else block.name
            values.setdefault(name, []).append(row.value)
        if block.kind == "whole":
            values.setdefault(block.name, []).append(block.leaf.value)
    return {name: look_of(found, is_image=is_image) for name, found in values.items()}


# --- before ------------------------------------------------------------------------------


def _said_before(batch: Batch) -> str:
    count = len(batch.indices)
    return "One sample" if count == 1 else f"A list of {count} samples"


def _before(batch: Batch, looks: dict[str, Look], classes: Sequence[str]) -> str:
    rows = []
    for place, (index, sample) in enumerate(zip(batch.indices, batch.samples, strict=False)):
        rows.append(
            f"<div class='sample' data-of='{place}' style='--c:var(--c{place})'>"
            f"<em title='its index in the data set'>{index}</em>"
            f"<span class='value'>{_sample(sample, looks, classes)}</span></div>"
        )
    return f"<div class='list'>{''.join(rows)}{_more(batch)}</div>"


def _more(batch: Batch) -> str:
    more = len(batch.indices) - len(batch.samples)
    return f"<p class='more'>… and {more} more</p>" if more > 0 else ""


def _sample(sample: Sequence[Leaf], looks: dict[str, Look], classes: Sequence[str]) -> str:
    is_dict = any(leaf.name and not leaf.name.split(".")[0].isdigit() for leaf in sample)
    if len(sample) == 1 and not sample[0].name:
        return draw(sample[0].value, looks[""])
    parts = []
    for leaf in sample:
        key = f"<kbd>{html.escape(repr(leaf.name))}:</kbd>" if is_dict else ""
        label = _class_of(classes, leaf.name, leaf.value)
        parts.append(
            f"<span class='part' data-part='{html.escape(leaf.name)}'>{key}"
            f"{draw(leaf.value, looks[leaf.name])}{label}</span>"
        )
    return _bracketed("{}" if is_dict else "()", parts)


def _bracketed(brackets: str, parts: Sequence[str]) -> str:
    comma = "<span class='mark comma'>,</span>"
    return (
        f"<span class='mark'>{brackets[0]}</span>{comma.join(parts)}"
        f"<span class='mark'>{brackets[1]}</span>"
    )


# --- after -------------------------------------------------------------------------------


def _said_after(blocks: Sequence[Block]) -> str:
    if any(block.parts for block in blocks):
        return "The samples in a list, as they are"
    if len(blocks) == 1:
        return "One batch"
    return f"One batch of {len(blocks)} parts"


def _after(
    blocks: Sequence[Block], looks: dict[str, Look], classes: Sequence[str], *, more: int
) -> str:
    if any(block.parts for block in blocks):
        return "".join(_as_they_are(block, looks, classes, more) for block in blocks)
    is_dict = any(block.name and not block.name.isdigit() for block in blocks)
    brackets = "{}" if is_dict else "()"
    drawn = []
    for block in blocks:
        key = f"<kbd>{html.escape(repr(block.name))}:</kbd>" if is_dict else ""
        inner = _head(key, block) + _block(block, looks, classes, more)
        # The head takes no more room than the rows beneath it, but its first line whole.
        letters = len(block.name) + 4 * is_dict + len(str(list(block.leaf.shape)))
        drawn.append(f"<div class='block' style='min-width:{0.6 * letters:.3g}rem'>{inner}</div>")
    kind = "dict" if is_dict else "tuple" if len(blocks) > 1 else "single"
    return f"<div class='batch {kind}' data-brackets='{brackets}'>{''.join(drawn)}</div>"


def _head(key: str, block: Block) -> str:
    leaf = block.leaf
    if block.kind == "apart":
        what = f"{len(block.rows)} values, not stacked" if len(block.rows) > 1 else "as it was"
        return f"<p class='head'><code>{key or '&nbsp;'}</code><span>{what}</span></p>"
    shape = ", ".join(map(str, leaf.shape))
    padding = ""
    if leaf.padding:
        share = leaf.padding / max(int(np.prod(leaf.shape)), 1)
        padding = f"<span class='said-pad'>{share:.0%} padding</span>"
    cut = sum(row.cut for row in block.rows)
    gone = f"<span>{cut:,} values cut off</span>" if cut else ""
    size = sizes.of_bytes(int(np.prod(leaf.shape)) * _item_bytes(leaf)) if leaf.shape else ""
    return (
        f"<p class='head'><code>{key} [{shape}]</code><span>{html.escape(leaf.dtype)}</span>"
        f"<span>{size}</span>{padding}{gone}</p>"
    )


def _item_bytes(leaf: Leaf) -> int:
    return leaf.value.itemsize if leaf.value is not None else 0


def _block(block: Block, looks: dict[str, Look], classes: Sequence[str], more: int) -> str:
    if block.kind == "whole":
        return f"<div class='rows whole'>{draw(block.leaf.value, looks[block.name])}</div>"
    look = looks[block.name]
    rows = "".join(
        _row(row, draw(row.value, look, row.filled) + _class_of(classes, block.name, row.value))
        for row in block.rows
    )
    rest = f"<span class='rest'>+ {more}</span>" if more > 0 else ""
    return f"<div class='rows {block.kind}'>{rows}{rest}</div>"


def _row(row: Row, inner: str) -> str:
    first, *others = row.sources
    second = ""
    if others and others[0] != first:  # the last of a large batch is not among those on the left
        second = f";--d:var(--{f'c{others[0]}' if others[0] < _COLOURS else 'muted'})"
    mixed = " mixed" if second else ""
    also = f" data-also='{others[0]}'" if second else ""
    return (
        f"<span class='row{mixed}' data-from='{first}'{also} "
        f"style='--c:var(--c{first}){second}'>{inner}</span>"
    )


def _as_they_are(block: Block, looks: dict[str, Look], classes: Sequence[str], more: int) -> str:
    by_sample: dict[int, list[Leaf]] = {}
    for part, row in zip(block.parts, block.rows, strict=True):
        kind = block.leaf.kind
        shape = () if row.value is None else row.value.shape
        by_sample.setdefault(row.sources[0], []).append(
            Leaf(part, kind, block.leaf.dtype, shape, row.value)
        )
    rows = "".join(
        _row(Row((place,), None), _sample(leaves, looks, classes))
        for place, leaves in by_sample.items()
    )
    rest = f"<p class='more'>… and {more} more</p>" if more > 0 else ""
    return f"<div class='list after-list'>{rows}{rest}</div>"
