"""The stages of a model: its large parts in order, from the image to the prediction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.models.freeze_names import RowLike, lineage, within

# A child that holds this share of the backbone is a container of stages, not a stage.
_CONTAINER_SHARE = 0.9
# A stage smaller than this share (a closing normalisation) counts with the one before.
_CLOSING_SHARE = 0.005


def stages(rows: Iterable[RowLike]) -> tuple[str, ...]:
    """Names of the stages in order: top-level children with parameters, the head's included.

    Where one child holds nearly all of the backbone (`features` in mobilenet), its own
    children stand in its place.
    """
    totals = _totals(rows)
    names = _children(totals, "")
    backbone = names[:-1]  # in every model of torchvision the last one holds the head
    while backbone:
        whole = sum(totals[name] for name in backbone)
        large = [name for name in backbone if totals[name] >= _CONTAINER_SHARE * whole]
        inner = _children(totals, large[0]) if large else []
        if not inner:
            break
        place = backbone.index(large[0])
        backbone[place : place + 1] = inner
    return tuple(backbone + names[-1:])


def last_stages(rows: Sequence[RowLike], head: Sequence[str], count: int) -> tuple[str, ...]:
    """The last stages of the backbone and all behind them: what the presets of that name train.

    Args:
        count: How many; small ones (a closing normalisation) count with the one before.
    """
    totals = _totals(rows)
    names = list(stages(rows))
    backbone = [name for name in names if not any(within(path, name) for path in head)]
    whole = sum(totals[name] for name in backbone)
    found = 0
    for place in range(len(backbone) - 1, -1, -1):
        found += totals[backbone[place]] >= _CLOSING_SHARE * whole
        if found == count:
            return tuple(names[names.index(backbone[place]) :])
    return tuple(names)


def _totals(rows: Iterable[RowLike]) -> dict[str, int]:
    """Parameters in and below each module, for those that have any, in the rows' order."""
    totals: dict[str, int] = {}
    for row in rows:
        totals.setdefault(row.name, 0)
        if row.params:
            for name in lineage(row.name):
                totals[name] = totals.get(name, 0) + row.params
    return {name: total for name, total in totals.items() if total}


def _children(totals: dict[str, int], parent: str) -> list[str]:
    depth = parent.count(".") + 1 if parent else 0
    return [
        name for name in totals
        if name and name != parent and within(name, parent) and name.count(".") == depth
    ]
