"""A model's forward pass as a graph, and which of its operations are hot.

The graph comes from `torch.fx` (Reed et al. 2022), which opens only modules that hold both
frozen and trainable parameters. An operation is hot if it uses a parameter that trains, is
restless (`core.models.restless`), or depends on a hot one; all others are cold: for a picture they
give the same in every epoch.
"""

from __future__ import annotations

import operator

from torch import fx, nn

from core.messages import Problem
from core.models.restless import is_restless

_DROPOUT = ("input", "p", "training")
_BATCH_NORM = ("input", "running_mean", "running_var", "weight", "bias", "training")


class Uncut(Exception):
    """Why a model has no boundary; `problem` says it."""

    def __init__(self, id: str, **values: object) -> None:
        self.problem = Problem(id, values)
        super().__init__(id)


def traced(model: nn.Module) -> fx.Graph:
    """The operations of a model's forward pass, in the modes that its modules are in.

    Raises:
        Uncut: If it can't be followed.
    """
    try:
        return _Tracer(model).trace(model)
    except Exception as error:  # whatever a forward does with what is no tensor yet
        why = " ".join(str(error).split())[:160]
        raise Uncut("features.not_followed", model=type(model).__name__, why=why) from None


def hot_nodes(graph: fx.Graph, model: nn.Module) -> set[fx.Node]:
    """The operations of `traced` that may give something else in the next epoch."""
    hot: set[fx.Node] = set()
    for node in graph.nodes:
        if node.op == "output":
            continue
        if any(source in hot for source in node.all_input_nodes) or _is_source(node, model):
            hot.add(node)
    return hot


def _is_source(node: fx.Node, model: nn.Module) -> bool:
    """Whether a node is hot by itself."""
    if node.op == "get_attr":
        found = operator.attrgetter(node.target)(model)
        return isinstance(found, nn.Parameter) and found.requires_grad
    if node.op == "call_module":
        module = model.get_submodule(node.target)
        return any(p.requires_grad for p in module.parameters()) or any(
            map(is_restless, module.modules())
        )
    return node.op == "call_function" and _is_restless_call(node)


def _is_restless_call(node: fx.Node) -> bool:
    """Whether a node is `functional.dropout` or `functional.batch_norm` as in train mode."""
    name = getattr(node.target, "__name__", "")
    if name == "batch_norm":
        return bool(_given(node, _BATCH_NORM).get("training", False))
    if "dropout" not in name:
        return False
    given = _given(node, _DROPOUT)
    return bool(given.get("p", 0.5)) and bool(given.get("training", True))


def _given(node: fx.Node, names: tuple[str, ...]) -> dict[str, object]:
    """The arguments of a call by their names."""
    return dict(zip(names, node.args, strict=False)) | node.kwargs


class _Tracer(fx.Tracer):
    """Opens modules in which some parameters train and others don't, and no other."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self._mixed = {module for module in model.modules() if _is_mixed(module)}

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        # PyTorch's own layers stay whole: their forward can't always be followed.
        return module not in self._mixed or super().is_leaf_module(module, name)


def _is_mixed(module: nn.Module) -> bool:
    trains = {parameter.requires_grad for parameter in module.parameters()}
    restless = any(map(is_restless, module.modules()))
    return len(trains) > 1 or (trains == {False} and restless)
