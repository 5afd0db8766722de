"""A summary as the browser draws it: short lists, in which shapes and types are numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.models import structure

if TYPE_CHECKING:
    from core.models.structure import Diagram
    from core.models.summary import Summary


def payload(summary: Summary) -> dict[str, object]:
    """All modules in their order, and every level of the diagram.

    With names for each module's shapes and type this would be twice as long: 1,409 modules of
    efficientnet_v2_l have 24 types and 60 shapes.
    """
    whole = summary.totals
    shapes, types = _Numbers(), _Numbers()
    places = {row.name: place for place, row in enumerate(summary.rows)}
    rows = [
        [row.depth, row.name.rpartition(".")[2], types.of(row.type), shapes.of(row.input),
         shapes.of(row.output), [size.params, size.macs, size.activation_bytes], row.calls,
         row.use, row.detail]
        for row, size in zip(summary.rows, structure.sizes(summary.rows), strict=True)
    ]
    drawn = _level(structure.diagram(summary, depth=None), places, shapes)
    return {
        "structure": identity(summary),
        "model": summary.model,
        "totals": [whole.params, whole.macs, whole.activation_bytes],
        "rows": rows,
        "diagram": drawn,
        "shapes": shapes.known(),
        "types": types.known(),
    }


def identity(summary: Summary) -> str:
    """What tells one summary from another."""
    return " ".join(map(str, (summary.model, summary.weights, summary.num_classes, summary.input,
                              summary.found, summary.new_head)))


class _Numbers:
    """Values by the order in which they first came."""

    def __init__(self) -> None:
        self._of: dict[object, int] = {}

    def of(self, value: object) -> int:
        return self._of.setdefault(value, len(self._of))

    def known(self) -> list[object]:
        return list(self._of)


def _level(level: Diagram, places: dict[str, int], shapes: _Numbers) -> list[object]:
    boxes = [
        [box.kind, [places[name] for name in box.modules], box.label, box.type, box.joint,
         box.source, _level(box.inside, places, shapes) if box.inside else None]
        for box in level.boxes
    ]
    return [shapes.of(level.input), boxes, level.held, level.macs]
