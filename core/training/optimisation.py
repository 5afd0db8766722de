"""Optimisers by name, with one group for each stage of what trains and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from core.messages import ThawError
from core.recipe import OptimizerSpec
from core.training import optimizer_state, optimizer_table
from core.training.optimizer_table import OPTIMIZERS
from core.training.stage_plan import stage_of

# As torch.optim takes it: params (pairs of name and parameter), name, lr and base_lr, which is
# the rate before the schedule's factor.
ParamGroup = dict[str, Any]


def build_optimizer(groups: Sequence[ParamGroup], spec: OptimizerSpec) -> Optimizer:
    """The optimiser of the recipe over groups as `stage_groups` makes them.

    Raises:
        ThawError: If nothing trains.
    """
    parameters = [parameter for group in groups for _, parameter in group["params"]]
    if not parameters:
        raise ThawError("training.nothing_trains")
    entry = OPTIMIZERS[spec.name]
    given: dict[str, Any] = optimizer_table.arguments_of(
        entry, lr=spec.lr, momentum=spec.momentum, weight_decay=spec.weight_decay
    )
    kinds = {one.device.type for one in parameters}
    if entry.fused:
        given["fused"] = kinds <= {"cpu", "cuda"}
    if entry.waits:
        given["capturable"] = kinds == {"cuda"}
    return getattr(torch.optim, entry.cls)(groups, **given)


def optimizer_at(
    state: Mapping[str, Any] | None, model: nn.Module, rates: Mapping[str, float],
    spec: OptimizerSpec,
) -> Optimizer:
    """The optimiser as it was saved, its groups included; a fresh one without a state.

    What the saved groups hold has `requires_grad` from now on.

    Args:
        state: A `state_dict`; of a run from before there were groups too.
        rates: The learning rate of each stage.

    Raises:
        ThawError: If nothing trains, or the state is of another optimiser.
    """
    if state is None:
        return build_optimizer(stage_groups(model, rates), spec)
    if groups := saved_groups(model, state):
        optimizer = build_optimizer(groups, spec)
        optimizer_state.check(optimizer, state)
        optimizer_state.load(optimizer, state)
        return optimizer
    optimizer = build_optimizer(stage_groups(model, rates), spec)
    load_ungrouped(optimizer, state, [p for p in model.parameters() if p.requires_grad])
    return optimizer


def stage_groups(model: nn.Module, rates: Mapping[str, float]) -> list[ParamGroup]:
    """A group for each stage with parameters that have `requires_grad`, from the input on.

    Args:
        rates: The learning rate of each stage, as `stage_plan.rates` gives it.
    """
    found: dict[str, list[tuple[str, nn.Parameter]]] = {stage: [] for stage in rates}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            found[stage_of(name, tuple(rates))].append((name, parameter))
    return [
        group_of(stage, parameters, rates[stage])
        for stage, parameters in found.items() if parameters
    ]


def group_of(
    stage: str, parameters: Sequence[tuple[str, nn.Parameter]], rate: float
) -> ParamGroup:
    """One group, named after its stage."""
    return {"params": list(parameters), "name": stage, "lr": rate, "base_lr": rate}


def saved_groups(model: nn.Module, state: Mapping[str, Any]) -> list[ParamGroup] | None:
    """The groups of an optimiser whose `state_dict` was saved, over a model's parameters.

    What is in them has `requires_grad` from now on: the state goes into an optimiser over
    them. None for a state without names: of a run from before there were groups.
    """
    saved = state["param_groups"]
    if not all("param_names" in group for group in saved):
        return None
    own = dict(model.named_parameters())
    groups = []
    for group in saved:
        parameters = [(name, own[name].requires_grad_(True)) for name in group["param_names"]]
        groups.append(group_of(group["name"], parameters, group["base_lr"]))
    return groups


def load_ungrouped(
    optimizer: Optimizer, state: Mapping[str, Any], parameters: Sequence[nn.Parameter]
) -> None:
    """Loads a state that was saved of one group, without names.

    Args:
        parameters: In the order that they had in that group.
    """
    place = {id(parameter): index for index, parameter in enumerate(parameters)}
    shared = state["param_groups"][0]
    keep = ("name", "base_lr", "param_names")
    groups = [
        {
            **shared, **{key: group[key] for key in keep},
            "params": [place[id(parameter)] for parameter in group["params"]],
        }
        for group in optimizer.param_groups
    ]
    whole = {"state": state["state"], "param_groups": groups}
    optimizer_state.check(optimizer, whole)
    optimizer_state.load(optimizer, whole)


def set_learning_rate(optimizer: Optimizer, factor: float) -> None:
    """Sets on every group its own base rate times the schedule's factor."""
    for group in optimizer.param_groups:
        group["lr"] = group["base_lr"] * factor


def group_figures(optimizer: Optimizer) -> list[dict[str, Any]]:
    """Name, parameters and base learning rate of each group, as a page shows them."""
    return [
        {
            "name": group["name"],
            "params": sum(parameter.numel() for parameter in group["params"]),
            "lr": group["base_lr"],
        }
        for group in optimizer.param_groups
    ]
