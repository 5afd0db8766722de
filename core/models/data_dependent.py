"""Answers for operations whose result depends on numbers that a tensor on meta does not hold.

Detectors ask for them: which boxes score above a threshold, which remain when those that
overlap are removed. The answer is a bound, so that shapes stay what they can be at most.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

_PROPOSER = "RegionProposalNetwork"


@dataclass(frozen=True)
class Found:
    """What a detector finds in the picture.

    Attributes:
        proposals: Regions that are looked at; None for as many as the detector keeps at most.
        detections: Objects that remain in the end, and so pass the heads for masks and
            keypoints.
    """

    proposals: int | None = None
    detections: int = 1


def answer(func: Any, args: tuple, stack: list[nn.Module], found: Found) -> Any:
    """What an operation on meta gives; NotImplemented where it needs no help.

    Args:
        func: The operation as a dispatch mode meets it.
        args: Its positional arguments.
        stack: The modules that are running, the innermost last.
        found: How many boxes remain.
    """
    bounded = _ANSWERS.get(str(func._overloadpacket))
    if bounded is None or not isinstance(args[0], Tensor) or not args[0].is_meta:
        return NotImplemented
    proposing = any(type(module).__name__ == _PROPOSER for module in stack)
    return bounded(func, args, proposing, found)


def _nonzero(_func: Any, args: tuple, proposing: bool, found: Found) -> Tensor:
    """[rows, dimensions]: all while proposing, later as many as there are detections."""
    rows = args[0].numel() if proposing else min(args[0].numel(), found.detections)
    return _indices(rows, max(args[0].ndim, 1))


def _suppress(_func: Any, args: tuple, proposing: bool, found: Found) -> Tensor:
    """[kept]: what is left of the boxes when those that overlap are removed."""
    boxes = len(args[0])
    if proposing and found.proposals is not None:
        boxes = min(boxes, found.proposals)
    return _indices(boxes)


def _index(func: Any, args: tuple, proposing: bool, found: Found) -> Any:
    """Masks among the indices become lists of the rows that they let pass."""
    if not any(index is not None and index.dtype == torch.bool for index in args[1]):
        return NotImplemented
    indices: list[Tensor | None] = []
    for index in args[1]:
        if index is None or index.dtype != torch.bool:
            indices.append(index)
        else:
            indices += _nonzero(func, (index,), proposing, found).unbind(1)
    return func(args[0], indices)


def _number(_func: Any, args: tuple, _proposing: bool, _found: Found) -> bool | int | float:
    """False, as no condition on a number can be known; 1 where a size is asked for."""
    if args[0].dtype == torch.bool:
        return False
    return 1.0 if args[0].is_floating_point() else 1


def _indices(*shape: int) -> Tensor:
    return torch.empty(shape, dtype=torch.int64, device="meta")


# By name, because torchvision's is there only once torchvision is loaded.
_ANSWERS = {
    "aten.nonzero": _nonzero,
    "aten.index": _index,
    "aten._local_scalar_dense": _number,
    "torchvision.nms": _suppress,
}
