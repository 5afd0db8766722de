"""The table of optimisers against torch.optim itself: who is there, what they take and keep."""

import inspect
from typing import get_args

import pytest
import torch
from torch import nn

from core.models import memory
from core.recipe import OptimizerSpec
from core.training.optimisation import build_optimizer, optimizer_at, stage_groups
from core.training.optimizer_table import OPTIMIZERS, REFUSED

RATES = {"0": 0.01, "2": 0.01}


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 4))


def trained(
    net: nn.Module, optimizer: torch.optim.Optimizer, steps: int, start: int = 0
) -> list[torch.Tensor]:
    for step in range(start, start + steps):
        generator = torch.Generator().manual_seed(step)
        optimizer.zero_grad()
        net(torch.randn(5, 6, generator=generator)).square().mean().backward()
        optimizer.step()
    return [parameter.detach().clone() for parameter in net.parameters()]


def test_each_optimizer_of_torch_is_offered_or_refused_with_a_reason() -> None:
    there = {
        name.lower() for name, one in vars(torch.optim).items()
        if isinstance(one, type) and issubclass(one, torch.optim.Optimizer)
        and one is not torch.optim.Optimizer
    }
    assert there == OPTIMIZERS.keys() | REFUSED.keys()
    assert get_args(OptimizerSpec.model_fields["name"].annotation) == tuple(OPTIMIZERS)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_takes_and_keeps_what_the_table_says(name: str) -> None:
    entry = OPTIMIZERS[name]
    takes = inspect.signature(getattr(torch.optim, entry.cls)).parameters
    assert ("momentum" in takes, "weight_decay" in takes) == (entry.momentum, entry.decay)
    net = model()
    optimizer = build_optimizer(stage_groups(net, RATES), OptimizerSpec(name=name, lr=0.01))
    trained(net, optimizer, 2)
    weight = net[0].weight
    kept = [one for one in optimizer.state[weight].values()
            if isinstance(one, torch.Tensor) and one.shape == weight.shape]
    assert len(kept) == entry.copies


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_without_momentum_it_keeps_what_is_counted(name: str) -> None:
    net = model()
    optimizer = build_optimizer(
        stage_groups(net, RATES), OptimizerSpec(name=name, lr=0.01, momentum=0)
    )
    trained(net, optimizer, 2)
    weight = net[0].weight
    kept = [one for one in optimizer.state[weight].values()
            if isinstance(one, torch.Tensor) and one.shape == weight.shape]
    assert memory.update_memory(1, name, 0) == (4, 4 * len(kept))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_is_pytorch_s_and_goes_on_from_its_state(name: str) -> None:
    spec = OptimizerSpec(name=name, lr=0.01, momentum=0.8, weight_decay=0.03)
    entry, whole, plain = OPTIMIZERS[name], model(), model()
    given = {"lr": 0.01} | ({"momentum": 0.8} if entry.momentum else {}) | (
        {"weight_decay": 0.03} if entry.decay else {}
    ) | ({"fused": True} if entry.fused else {})
    oracle = getattr(torch.optim, entry.cls)(plain.parameters(), **given)
    expected = trained(plain, oracle, 5)
    found = trained(whole, build_optimizer(stage_groups(whole, RATES), spec), 5)
    assert all(map(torch.equal, found, expected))

    first, second = model(), model()
    before = build_optimizer(stage_groups(first, RATES), spec)
    trained(first, before, 2)
    second.load_state_dict(first.state_dict())
    again = optimizer_at(before.state_dict(), second, RATES, spec)
    assert all(map(torch.equal, trained(second, again, 3, start=2), expected))
