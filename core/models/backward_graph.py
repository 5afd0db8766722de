"""Autograd's graph of a model's forward pass, as plain numbers.

An operation that multiplies (a convolution, a matrix product) costs as much again for each
gradient that it has to give: one for its input and one for its weight.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

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


@dataclass(frozen=True)
class Work:
    """Multiply-adds of one input.

    Attributes:
        forward: Of the forward pass.
        to_inputs: Of the backward pass, for the gradients that go on to what lies before.
        to_weights: Of the backward pass, for the gradients of parameters.
    """

    forward: int = 0
    to_inputs: int = 0
    to_weights: int = 0

    @property
    def backward(self) -> int:
        """Both kinds of gradients."""
        return self.to_inputs + self.to_weights

    def __add__(self, other: Work) -> Work:
        return Work(
            self.forward + other.forward, self.to_inputs + other.to_inputs,
            self.to_weights + other.to_weights,
        )


@dataclass(frozen=True)
class Edge:
    """From an operation to what one of its operands came from.

    Attributes:
        place: Of the operation that made the operand; None for a parameter or the input.
        leaf: Name of the parameter; "" for the input; None for the result of an operation.
        costs: Whether the operand's gradient takes a product of its own.
        output: Which result of that operation it is.
        bytes: Of the operand for one input.
    """

    place: int | None
    leaf: str | None
    costs: bool
    output: int = 0
    bytes: int = 0

    def leads_to(self, active: Sequence[bool], trains: Collection[str]) -> bool:
        """Whether a gradient goes along it."""
        return active[self.place] if self.place is not None else self.leaf in trains

    def hands_on(self, operations: Sequence[Operation], varies: Sequence[bool]) -> bool:
        """Whether it brings something that depends on the input and is always the same."""
        place = self.place
        return place is not None and not varies[place] and operations[place].from_data


@dataclass(frozen=True)
class Operation:
    """One operation of the forward pass that can run backwards.

    Attributes:
        module: Name of the module that holds its parameter, else of the innermost that ran it.
        macs: For one input; of one that has nothing to do with the input, in all.
        from_data: Whether its result depends on the input.
    """

    module: str
    macs: int
    from_data: bool
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Graph:
    """Autograd's graph of one forward pass in train mode.

    Attributes:
        operations: In the order of the forward.
        full: Their work if everything trains; the gradient of the input itself is not asked for.
    """

    operations: tuple[Operation, ...]
    full: Work


def mark(
    operations: Sequence[Operation], trains: Collection[str], restless: Collection[str]
) -> tuple[list[bool], list[bool]]:
    """For each operation: whether it runs backwards, and whether its result ever changes.

    A result changes from step to step where a trainable parameter is in it, or something
    that is random or keeps statistics; the input itself is taken for one that repeats.
    """
    active: list[bool] = []
    varies: list[bool] = []
    for operation in operations:  # what comes before an operation is known before it
        active.append(any(edge.leads_to(active, trains) for edge in operation.edges))
        varies.append(
            active[-1]
            or operation.module in restless
            or any(edge.place is not None and varies[edge.place] for edge in operation.edges)
        )
    return active, varies


def work_of(
    operation: Operation, operations: Sequence[Operation], active: Sequence[bool],
    trains: Collection[str],
) -> Work:
    """What an operation computes in both directions."""
    to_inputs = to_weights = 0
    for edge in operation.edges:
        if edge.costs and edge.leads_to(active, trains):
            if edge.place is not None and operations[edge.place].from_data:
                to_inputs += operation.macs
            else:
                to_weights += operation.macs
    return Work(operation.macs, to_inputs, to_weights)


# --- making it ---------------------------------------------------------------------------


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
