"""What each box of a diagram takes: rows do not say who feeds whom, so the shapes are compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from core.models.shape_rules import Shape
    from core.models.structure import Box

Joint = Literal["before", "reshaped", "input", "earlier"]


def joined(input: Shape, boxes: Iterable[Box]) -> tuple[Box, ...]:
    """The boxes, each with what its input is.

    Args:
        input: Of the whole.
        boxes: In the order in which they run; those that don't run take nothing.
    """
    done: list[Box] = []
    ran: list[Box] = []
    for box in boxes:
        if box.calls:
            joint, source = _joint(box.input, input, ran)
            box = replace(box, joint=joint, source=source)
            ran.append(box)
        done.append(box)
    return tuple(done)


def _joint(taken: Shape, input: Shape, before: list[Box]) -> tuple[Joint, str]:
    if taken == (before[-1].output if before else input):
        return "before", ""
    if taken == input:
        return "input", ""
    for one in reversed(before):
        if one.output == taken:
            return "earlier", one.label
    return "reshaped", ""
