"""What makes a layer part of a model: ways to hide it from PyTorch, and the one that does not."""

import inspect
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from core.models.build import seeded

Holder = Literal["list", "module_list", "in_forward"]
SAMPLES = 2


@dataclass(frozen=True)
class Registration:
    """What PyTorch knows of the layers of a model.

    Attributes:
        code: Its class.
        text: `repr(model)`.
        params: In `model.parameters()`.
        params_after_forward: The same once it has run.
        saved: Names in `model.state_dict()`.
        moved: Whether `model.to(torch.float64)` reached the layers; None where there are none
            to reach.
        optimizer_error: What `torch.optim.SGD(model.parameters())` raised; "" if nothing.
        same_twice: Whether two forward passes with one input give the same output.
        largest_change: Between them, at most.
    """

    holder: Holder
    code: str
    text: str
    params: int
    params_after_forward: int
    saved: tuple[str, ...]
    moved: bool | None
    optimizer_error: str
    same_twice: bool
    largest_change: float


# --- the code that the page shows ---------------------------------------------------------------


class InPlainList(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.layers = []
        for _ in range(depth):
            layer = nn.Linear(width, width)
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class InModuleList(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.layers = nn.ModuleList()
        for _ in range(depth):
            layer = nn.Linear(width, width)
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class MadeInForward(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.width, self.depth = width, depth

    def forward(self, x):
        self.layers = nn.ModuleList()
        for _ in range(self.depth):
            layer = nn.Linear(self.width, self.width)
            self.layers.append(layer)
            x = layer(x)
        return x


# --- the exercise -------------------------------------------------------------------------------

HOLDERS: dict[Holder, type[nn.Module]] = {
    "list": InPlainList, "module_list": InModuleList, "in_forward": MadeInForward,
}


def compare_holders(width: int, depth: int, seed: int = 0) -> tuple[Registration, ...]:
    """The same layers held in each way of `HOLDERS`.

    Args:
        width: Features in and out of each layer.
        depth: Layers.
    """
    return tuple(_look_at(holder, width, depth, seed) for holder in HOLDERS)


def _look_at(holder: Holder, width: int, depth: int, seed: int) -> Registration:
    with seeded(seed):
        model = HOLDERS[holder](width, depth)
        x = torch.randn(SAMPLES, width)
        params, saved, text = _count(model), tuple(model.state_dict()), repr(model)
        error = ""
        try:
            torch.optim.SGD(model.parameters(), lr=0.1)
        except ValueError as raised:
            error = f"{type(raised).__name__}: {raised}"
        moved = _moved(HOLDERS[holder](width, depth))
        first, second = model(x), model(x)
    return Registration(
        holder, inspect.getsource(type(model)).strip(), text, params, _count(model), saved,
        moved, error, torch.equal(first, second),
        (first - second).abs().max().item(),
    )


def _count(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def _moved(model: nn.Module) -> bool | None:
    layers = getattr(model, "layers", None)
    if layers is None:
        return None
    model.to(torch.float64)
    return all(layer.weight.dtype == torch.float64 for layer in layers)
