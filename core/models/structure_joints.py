"""Who feeds whom in a diagram: rows do not say it, so it is read from the shapes alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from core.models.structure import Box
    from core.models.summary import Shape

Joint = Literal["before", "reshaped", "input", "earlier"]


def joined(input: Shape, boxes: list[Box]) -> tuple[Box, ...]:
    """The boxes in the order in which they are read, each with what its input is.

    Registration is not always the order of the forward: where a box takes what a later one gives,
    and nothing else explains its input, the later one moves before it.
    """
    done = _with_joints(input, boxes)
    for _ in boxes:  # each round moves one, so this ends
        feeds = next(_feeds(done), None)
        if feeds is None:
            break
        later, taker = feeds
        done.insert(taker, done.pop(later))
        done = _with_joints(input, done)
    return tuple(done)


def _with_joints(input: Shape, boxes: list[Box]) -> list[Box]:
    done: list[Box] = []
    for box in boxes:
        joint, source = _joint(box, input, [one for one in done if one.calls])
        done.append(replace(box, joint=joint, source=source))
    return done


def _feeds(boxes: list[Box]) -> Iterator[tuple[int, int]]:
    """Places of a box and of one before it that takes what it gives."""
    for taker, box in enumerate(boxes):
        if box.calls and box.joint == "reshaped":
            for later in range(taker + 1, len(boxes)):
                one = boxes[later]
                alike = one.type == box.type  # side by side rather than one after the other
                unexplained = one.calls and one.joint in ("input", "reshaped")
                if unexplained and not alike and one.output == box.input:
                    yield later, taker


def _joint(box: Box, input: Shape, before: list[Box]) -> tuple[Joint, str]:
    if box.input == (before[-1].output if before else input):
        return "before", ""
    if box.input == input:
        return "input", ""
    for one in reversed(before):
        if one.output == box.input:
            return "earlier", one.label
    return "reshaped", ""
