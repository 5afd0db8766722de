"""The graph of a forward pass, recorded while the model runs once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from core.models.backward_graph import Edge, Graph, Operation, Work, mark, work_of
from core.models.shape_rules import NORMALISATIONS

if TYPE_CHECKING:
    from torch.autograd.graph import Node

BATCH = 2  # BatchNorm in train mode refuses one input of a single pixel

# Operations that multiply -> which of their operands cost a product when they need a gradient.
_aten = torch.ops.aten
_FACTORS: dict[object, tuple[int, ...]] = {
    _aten.convolution: (0, 1), _aten._convolution: (0, 1),
    _aten.mm: (0, 1), _aten.bmm: (0, 1), _aten.addmm: (1, 2), _aten.baddbmm: (1, 2),
}


def graph_of(model: nn.Module, images: Tensor) -> Graph:
    """The graph of a model; sets every parameter trainable and the model to train mode.

    Args:
        model: On the meta device, or elsewhere: then it really computes.
        images: [2, C, H, W], a batch of two.
    """
    model.train().requires_grad_(True)
    recorded = _Recorded()
    hooks = [hook for name, one in model.named_modules() for hook in recorded.watch(name, one)]
    images = images.detach().requires_grad_(True)  # so that the graph tells what depends on it
    try:
        with torch.enable_grad(), recorded:
            outputs = model(images)
    finally:
        for hook in hooks:
            hook.remove()
    given = [outputs] if isinstance(outputs, Tensor) else [*outputs]
    ends = [one.grad_fn for one in given if one is not None and one.grad_fn is not None]
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return _as_data(ends, names | {id(images): ""}, recorded)


def _as_data(ends: list[Node], names: dict[int, str], recorded: _Recorded) -> Graph:
    nodes = sorted(_all_before(ends), key=lambda node: node._sequence_nr())
    places = {node: place for place, node in enumerate(nodes)}
    operations: list[Operation] = []
    for node in nodes:
        seen = recorded.seen.get(node._sequence_nr(), _Seen(""))
        edges, from_data = [], False
        for operand, (child, output) in enumerate(node.next_functions):
            if child is None:
                continue
            leaf = names.get(id(child.variable)) if hasattr(child, "variable") else None
            place = places.get(child)
            from_data |= leaf == "" or (place is not None and operations[place].from_data)
            edges.append(Edge(
                place, leaf, operand in seen.factors, output, _bytes(child, output)
            ))
        macs = seen.macs // BATCH if from_data else seen.macs
        module = _holder(edges, operations) or seen.module
        operations.append(Operation(module, macs, from_data, tuple(edges)))
    every = set(names.values()) - {""}
    active, _ = mark(operations, every, ())
    full = sum((work_of(one, operations, active, every) for one in operations), Work())
    return Graph(tuple(operations), full)


def _holder(edges: Sequence[Edge], operations: Sequence[Operation]) -> str:
    """The module of the parameter that an operation works with; "" if it has none.

    It may be another than the one that runs: attention reads the weights of its `qkv`.
    """
    for edge in edges:
        if edge.leaf:
            return edge.leaf.rpartition(".")[0]
    for edge in edges:
        if edge.costs and edge.place is not None and not operations[edge.place].from_data:
            return operations[edge.place].module
    return ""


def _all_before(ends: Sequence[Node]) -> Iterator[Node]:
    """The operations that the results came from; parameters and the input left out."""
    known: set[Node] = set()
    waiting = list(ends)
    while waiting:
        node = waiting.pop()
        if node not in known and not hasattr(node, "variable"):
            known.add(node)
            yield node
            waiting += [child for child, _ in node.next_functions if child is not None]


def _bytes(node: Node, output: int) -> int:
    result = node._input_metadata[output]  # of the gradient that will come in: the same shape
    return math.prod(result.shape) * result.dtype.itemsize // BATCH


@dataclass
class _Seen:
    """One operation while it ran."""

    module: str
    macs: int = 0
    factors: tuple[int, ...] = ()


class _Recorded(TorchDispatchMode):
    """Which module ran each node of autograd's graph, and what it multiplied.

    A node is made just before its operation is dispatched and numbered on: the number tells
    which of the dispatched operations is the node's.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[int, _Seen] = {}
        self._stack: list[str] = [""]
        self._next = torch.autograd._get_sequence_nr()

    def watch(self, name: str, module: nn.Module) -> list:
        """Hooks that follow a module; to be removed."""
        return [
            module.register_forward_pre_hook(lambda *_: self._stack.append(name)),
            module.register_forward_hook(self._left),
        ]

    def _left(self, *_: object) -> None:
        self._stack.pop()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # its guard against torch.compile costs as much as an operation on meta

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        number = torch.autograd._get_sequence_nr()
        new, self._next = number != self._next, number
        out = _normalised(args[0]) if _is_normalisation(func, args) else func(*args, **kwargs)
        if new:
            packet = func._overloadpacket
            count = flop_registry.get(packet)
            macs = count(*args, **kwargs, out_val=out) // 2 if count else 0
            factors = _FACTORS.get(packet, ())
            self.seen[number - 1] = _Seen(self._stack[-1], macs, factors)
        return out


def _is_normalisation(func: object, args: tuple) -> bool:
    return func in NORMALISATIONS and args[0].is_meta


def _normalised(x: Tensor) -> tuple[Tensor, ...]:
    """What BatchNorm gives on meta; PyTorch's own way there takes most of a model's time."""
    return torch.empty_like(x), x.new_empty(0), x.new_empty(0)
