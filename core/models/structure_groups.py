"""Which neighbours of a diagram are drawn as one box, where there would be too many boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from core.models.structure_labels import parent

if TYPE_CHECKING:  # importing it loads torch, and rows need none
    from core.models.shape_rules import Shape
    from core.models.structure import Size
    from core.models.summary_rows import Row

MOST_BOXES = 20  # what a person still takes in at a glance
# A layer that makes the side of its picture this much smaller begins a new block.
_SHRINKS = 1.5

Kind = Literal["module", "repeat", "block"]


def grouped(
    modules: Sequence[str], rows: Mapping[str, Row], sizes: Mapping[str, Size]
) -> list[tuple[Kind, list[str]]]:
    """At most `MOST_BOXES` groups of neighbours, and what makes each of them one.

    Those that are alike go together; if that leaves too many, those on pictures of one size; if
    that does too, equally many.

    Args:
        modules: Names of one level's modules, in the order in which they first run.
        rows: Of the whole model, by name.
        sizes: Of each row, with all below it.
    """
    if len(modules) <= MOST_BOXES:
        return [("module", [name]) for name in modules]
    many = -(-len(modules) // MOST_BOXES)
    even = [list(modules[at : at + many]) for at in range(0, len(modules), many)]
    ways: tuple[tuple[Kind, list[list[str]]], ...] = (
        ("repeat", _alike(modules, rows, sizes)), ("block", _blocks(modules, rows, sizes)),
        ("block", even),
    )
    kind, runs = next(way for way in ways if len(way[1]) <= MOST_BOXES)
    return [(kind if len(run) > 1 else "module", run) for run in runs]


def _alike(
    modules: Sequence[str], rows: Mapping[str, Row], sizes: Mapping[str, Size]
) -> list[list[str]]:
    def looks(name: str) -> tuple:
        row = rows[name]
        return row.type, row.input, row.output, sizes[name], row.calls, row.use

    return [list(run) for _, run in groupby(modules, looks)]


def _blocks(
    modules: Sequence[str], rows: Mapping[str, Row], sizes: Mapping[str, Size]
) -> list[list[str]]:
    """Stretches on pictures of one size: a pooling ends one, a layer with a stride begins one.

    What never runs, or leaves no picture, stands alone.
    """
    runs: list[list[str]] = []
    ends = True  # whether the stretch before can't go on
    for name in modules:
        row = rows[name]
        alone = not row.calls or _side(row.output) <= 1
        pools = not alone and not sizes[name].params and _shrinks(row, 1)
        moved = bool(runs) and parent(runs[-1][-1]) != parent(name)
        if ends or alone or moved or (not pools and _shrinks(row, _SHRINKS)):
            runs.append([])
        runs[-1].append(name)
        ends = alone or pools
    return runs


def _shrinks(row: Row, times: float) -> bool:
    return bool(row.input and row.output) and _side(row.input) > times * _side(row.output)


def _side(shape: Shape) -> int:
    """Of a picture of channels×height×width, or a clip of them; 1 for anything else."""
    return shape[-1] if len(shape) > 2 else 1
