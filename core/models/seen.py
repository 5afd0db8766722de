"""What one forward pass shows of a module: what it was given, what it gave and computed."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch.utils._pytree import tree_leaves

from core.models.shape_rules import Shape


class Seen:
    """What was seen of one module.

    Attributes:
        input: Shape of its first input at its first call, without the batch.
        output: Shape of its first output there, without the batch.
        bytes: Of all its outputs.
        macs: Multiply-adds in it and all below it.
        calls: How often it ran.
        order: How many modules had begun before it did for the first time; -1 if it never did.
        read: Whether an operation read a parameter that it holds.
        running: How many of its calls are under way.
    """

    __slots__ = ("bytes", "calls", "input", "macs", "order", "output", "read", "running")

    def __init__(self) -> None:
        self.input: Shape = ()
        self.output: Shape = ()
        self.bytes = self.macs = self.calls = self.running = 0
        self.order = -1
        self.read = False


def note_output(seen: Seen, output: Any) -> None:
    """Takes down what a module gave at one call: the first time its shape, each time its bytes."""
    if type(output) is Tensor:
        seen.output = seen.output or tuple(output.shape[1:])
        seen.bytes += output.numel() * output.element_size()
        return
    seen.output = seen.output or first_shape(output)
    seen.bytes += sum(one.numel() * one.element_size() for one in _tensors(output))


def first_shape(value: Any, unbatched: int | None = None) -> Shape:
    """Shape of the first tensor in a value, without the batch; () if there is none.

    Args:
        unbatched: Dimensions of a tensor that has none for the batch.
    """
    for tensor in _tensors(value):
        return tuple(tensor.shape if tensor.ndim == unbatched else tensor.shape[1:])
    return ()


def _tensors(value: Any) -> Iterator[Tensor]:
    for leaf in tree_leaves(value):
        leaf = getattr(leaf, "tensors", leaf)  # a detector's batch of pictures
        if isinstance(leaf, Tensor):
            yield leaf
