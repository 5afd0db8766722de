"""Parameter, buffer or plain attribute: who sees which tensor of a module."""

import inspect
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class TensorKind:
    """One tensor of a module.

    Attributes:
        name: Of the attribute.
        in_parameters: Whether `module.parameters()` has it.
        in_state_dict: Whether `module.state_dict()` has it.
        moved: Whether `module.to(torch.float64)` converts it.
        stepped: Whether a step of `torch.optim.SGD(module.parameters())` changes it.
    """

    name: str
    in_parameters: bool
    in_state_dict: bool
    moved: bool
    stepped: bool


class FiveTensors(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.frozen = nn.Parameter(
            torch.ones(3), requires_grad=False
        )
        self.register_buffer(
            "mean", torch.ones(3)
        )
        self.register_buffer(
            "cache", torch.ones(3),
            persistent=False,
        )
        self.plain = torch.ones(3)

    def forward(self, x):
        x = (x - self.mean) * self.weight
        return x + self.frozen


NAMES = ("weight", "frozen", "mean", "cache", "plain")


def tensor_kinds() -> tuple[TensorKind, ...]:
    """What each of the five tensors is part of, found out by doing it."""
    module = FiveTensors()
    before = {name: getattr(module, name).clone() for name in NAMES}
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    module(torch.zeros(3)).sum().backward()
    optimizer.step()
    stepped = {name: not torch.equal(getattr(module, name), before[name]) for name in NAMES}
    registered, saved = dict(module.named_parameters()), module.state_dict()
    module.to(torch.float64)
    return tuple(
        TensorKind(name, name in registered, name in saved,
                   getattr(module, name).dtype == torch.float64, stepped[name])
        for name in NAMES
    )


def source() -> str:
    """The module's class."""
    return inspect.getsource(FiveTensors).strip()
