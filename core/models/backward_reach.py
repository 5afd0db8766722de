"""How far back the backward pass goes under a freeze plan, and what it still computes.

Autograd's own graph answers. It is made once a model, on the meta device and with everything
trainable; under a plan just those of its operations run backwards that lead to a trainable
parameter. So a plan costs milliseconds, and nothing is allocated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from torch import nn

from core.messages import ThawError
from core.models import catalogue, freezing
from core.models.backward_graph import Graph, Work, mark, work_of
from core.models.backward_recording import BATCH, graph_of
from core.models.restless import is_restless
from core.models.summary import inputs_of
from core.models.summary_skeleton import build_skeleton
from core.recipe import LINEAR_HEAD, FreezePlan, HeadSpec


@dataclass(frozen=True)
class BackwardReach:
    """What runs backwards under a freeze plan.

    Attributes:
        work: By the module that does it itself, under the plan; in the order of the forward.
        full: Of the whole model if everything trained.
        reached: Modules that gradients enter, and all that hold one of these.
        boundary: The first module of the forward pass that gradients enter, and so the last of
            the backward pass; "" if nothing trains.
        params: Parameters that get a gradient.
        unreached: Parameters that would train but that no gradient reaches: their module does
            not run.
        before: Forward multiply-adds of what gives the same for the same input at every step:
            it is frozen, not restless, and behind nothing that is not.
        feature_bytes: What that hands on, for one input; 0 where there is none.
    """

    work: Mapping[str, Work]
    full: Work
    reached: frozenset[str]
    boundary: str
    params: int
    unreached: int
    before: int
    feature_bytes: int

    @property
    def total(self) -> Work:
        """Of the whole model under the plan."""
        return sum(self.work.values(), Work())

    @property
    def step_share(self) -> float:
        """Of forward and backward pass of full fine-tuning, in [0, 1]."""
        whole = self.full.forward + self.full.backward
        return (self.total.forward + self.total.backward) / whole if whole else 0.0

    def within(self, name: str) -> Work:
        """Of a module and all in it."""
        inside = [work for one, work in self.work.items() if name in freezing.lineage(one)]
        return sum(inside, Work())


def backward_reach(
    name: str, weights: str, input_size: tuple[int, ...], num_classes: int | None,
    plan: FreezePlan, head: Sequence[str], new_head: HeadSpec = LINEAR_HEAD,
) -> BackwardReach:
    """What a training step of a classification model runs backwards; nothing is allocated.

    Args:
        input_size: (channels, height, width).
        num_classes: Outputs of the new head; None for the head as shipped.
        head: Names of the last layers.
        new_head: Which head it is.

    Raises:
        ThawError: If there is no such model, or it can't train at such an input.
    """
    return _reach(name, weights, tuple(input_size), num_classes, plan, tuple(head), new_head)


@lru_cache(maxsize=500)
def _reach(
    name: str, weights: str, input_size: tuple[int, ...], num_classes: int | None,
    plan: FreezePlan, head: tuple[str, ...], new_head: HeadSpec,
) -> BackwardReach:
    graph = _graph_of(name, weights, input_size, num_classes, new_head)
    entry = catalogue.find_weights(name, weights)
    model = build_skeleton(name, entry, num_classes, new_head)
    freezing.freeze_known(model, plan, head)
    freezing.train_mode(model, plan.frozen_modules)
    return reach_of(graph, model)


def reach_of(graph: Graph, model: nn.Module) -> BackwardReach:
    """What runs backwards in a model of this graph, with its `requires_grad` and its modes."""
    trains = {one: p.numel() for one, p in model.named_parameters() if p.requires_grad}
    restless = {one for one, module in model.named_modules() if is_restless(module)}
    active, varies = mark(graph.operations, trains.keys(), restless)

    got: set[str] = set()
    handed: dict[tuple[int, int], int] = {}
    work: dict[str, Work] = {}
    for place, operation in enumerate(graph.operations):
        done = work_of(operation, graph.operations, active, trains.keys())
        work[operation.module] = work.get(operation.module, Work()) + done
        for edge in operation.edges:
            got |= {edge.leaf} & trains.keys()
            if varies[place] and edge.hands_on(graph.operations, varies):
                handed[edge.place, edge.output] = edge.bytes
    entered = [one.module for one, runs in zip(graph.operations, active, strict=True) if runs]
    before = sum(
        one.macs for one, other in zip(graph.operations, varies, strict=True)
        if one.from_data and not other
    )
    return BackwardReach(
        work=work,
        full=graph.full,
        reached=frozenset(held for one in entered for held in freezing.lineage(one)),
        boundary=entered[0] if entered else "",
        params=sum(trains[one] for one in got),
        unreached=sum(count for one, count in trains.items() if one not in got),
        before=before,
        feature_bytes=sum(handed.values()) if before else 0,
    )


@lru_cache(maxsize=100)
def _graph_of(
    name: str, weights: str, input_size: tuple[int, ...], num_classes: int | None,
    new_head: HeadSpec,
) -> Graph:
    entry = catalogue.find_model(name)
    model = build_skeleton(name, entry.find_weights(weights), num_classes, new_head)
    (images,) = inputs_of(entry.task, input_size, batch_size=BATCH)
    try:
        return graph_of(model, images)
    except RuntimeError as error:  # an auxiliary head wants more pixels than the model itself
        size = "×".join(map(str, input_size))
        why = " ".join(str(error).split())[:160]
        raise ThawError("models.input_refused", model=name, size=size, why=why) from None
