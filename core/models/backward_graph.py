"""Autograd's graph of a model's forward pass, as plain numbers.

An operation that multiplies (a convolution, a matrix product) costs as much again for each
gradient that it has to give: one for its input and one for its weight.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


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
