"""The boundary: a model cut in two behind the last operation that nothing trainable reaches.

What hot operations (`forward_graph`) read from cold ones are the features.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn

from core.training.forward_graph import Uncut, hot_nodes, traced

_PROBES = (2, 3)  # pictures; what has a row a picture has as many rows in both


@dataclass(frozen=True)
class Cut:
    """A model's forward pass in two parts, which share their modules with the model.

    Attributes:
        cold: From pictures [B, 3, H, W] to the features, each [B, ...]; to be called under
            `no_grad` while the frozen modules are in eval mode.
        hot: From the features to what the model gives; it trains the model's own parameters.
        shapes: Of each feature of one picture.
        places: Names of the operations whose results the features are.
        code: Of the cold part: two models of one code and equal weights give equal features.
        cold_names: Parameters and buffers that the cold part uses.
    """

    cold: Callable[[Tensor], tuple[Tensor, ...]]
    hot: Callable[..., object]
    shapes: tuple[tuple[int, ...], ...]
    places: tuple[str, ...]
    code: str
    cold_names: tuple[str, ...]

    @property
    def values(self) -> int:
        """Numbers in the features of one picture."""
        return sum(map(math.prod, self.shapes))


def cut(model: nn.Module, size: int) -> Cut:
    """Cuts a model as it stands: `requires_grad` and train or eval mode decide what is cold.

    The model is not changed. A graph follows one mode alone, as `if self.training` does, so that
    training and validation have a cut each.

    Args:
        model: [B, 3, size, size] is its input, on the device of its parameters.
        size: In pixels.

    Raises:
        Uncut: If nothing is cold, nothing trains, or the forward pass can't be followed.
    """
    graph = traced(model)
    hot = hot_nodes(graph, model)
    if not hot:
        raise Uncut("features.nothing_trains")
    shown = _shown(graph, model, hot, size)
    frontier, free = _frontier(graph, hot, shown)
    if all(node.op == "placeholder" for node in frontier):
        raise Uncut("features.nothing_cold")
    cold = _cold_part(graph, model, frontier)
    return Cut(
        cold=cold,
        hot=_hot_part(graph, model, frontier, hot | free),
        shapes=tuple(shown[node] for node in frontier),
        places=tuple(node.name for node in frontier),
        code=cold.code,
        cold_names=tuple(sorted(cold.state_dict())),
    )


# --- what is cold ----------------------------------------------------------------------------


class _ColdRun(fx.Interpreter):
    """Runs what is cold and passes over the rest."""

    def __init__(self, module: fx.GraphModule, hot: Collection[fx.Node]) -> None:
        super().__init__(module, garbage_collect_values=False)
        self._hot = hot

    def run_node(self, node: fx.Node) -> object:
        """The node's result; None for a hot one."""
        return None if node in self._hot or node.op == "output" else super().run_node(node)


@torch.no_grad()
def _shown(
    graph: fx.Graph, model: nn.Module, hot: Collection[fx.Node], size: int
) -> dict[fx.Node, tuple[int, ...]]:
    """The cold results that can be features, and their shapes: tensors with a row a picture."""
    device = next(model.parameters()).device
    runs = []
    for count in _PROBES:
        run = _ColdRun(fx.GraphModule(model, graph), hot)
        run.run(torch.zeros(count, 3, size, size, device=device))
        runs.append(run.env)
    found = {}
    for node, first in runs[0].items():
        second = runs[1][node]
        if isinstance(first, Tensor) and isinstance(second, Tensor) and first.dim():
            rows = (len(first), len(second)) == _PROBES
            if rows and first.shape[1:] == second.shape[1:]:
                found[node] = tuple(first.shape[1:])
    return found


# --- the two parts ---------------------------------------------------------------------------


def _frontier(
    graph: fx.Graph, hot: Collection[fx.Node], shown: Collection[fx.Node]
) -> tuple[list[fx.Node], set[fx.Node]]:
    """The cold results that hot operations read, and the cold operations that are done anew.

    Those are what no picture changes (a table of positions that is only indexed) and what is no
    row a picture (the number of rows): they cost next to nothing.
    """
    of_pictures: set[fx.Node] = set()
    for node in graph.nodes:
        if node.op == "placeholder" or any(one in of_pictures for one in node.all_input_nodes):
            of_pictures.add(node)
    frontier: dict[fx.Node, None] = {}
    free: set[fx.Node] = set()
    waiting = [node for node in graph.nodes if node in hot or node.op == "output"]
    while waiting:
        for source in waiting.pop().all_input_nodes:
            if source in hot or source in free:
                continue
            if source in of_pictures and source in shown:
                frontier[source] = None
            else:
                free.add(source)
                waiting.append(source)
    return [node for node in graph.nodes if node in frontier], free


def _cold_part(
    graph: fx.Graph, model: nn.Module, frontier: Sequence[fx.Node]
) -> fx.GraphModule:
    kept, waiting = set(frontier), list(frontier)
    while waiting:
        sources = [one for one in waiting.pop().all_input_nodes if one not in kept]
        kept.update(sources)
        waiting += sources
    part, copied = fx.Graph(), dict[fx.Node, fx.Node]()
    for node in graph.nodes:
        if node in kept:
            copied[node] = part.node_copy(node, copied.__getitem__)
    part.output(tuple(copied[node] for node in frontier))
    return fx.GraphModule(model, part)


def _hot_part(
    graph: fx.Graph, model: nn.Module, frontier: Sequence[fx.Node], kept: Collection[fx.Node]
) -> fx.GraphModule:
    part = fx.Graph()
    copied: dict[fx.Node, fx.Node] = {
        node: part.placeholder(f"feature_{place}") for place, node in enumerate(frontier)
    }
    for node in graph.nodes:
        if node in copied:
            continue
        if node in kept or node.op == "output":
            copied[node] = part.node_copy(node, copied.__getitem__)
    return fx.GraphModule(model, part)
