"""Which modules are built alike, so that one run of them speaks for all.

Networks repeat themselves: efficientnet_v2_l has a block of one kind up to 25 times.
"""

from collections.abc import Hashable
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn

from core.models.shape_rules import RULES

_PLAIN = (bool, int, float, str, type(None), torch.dtype, torch.device, type, FunctionType)
_MACHINERY = frozenset(nn.Module().__dict__)  # hooks and the like, which are looked at apart


class Unlike(Exception):
    """A value that can't be compared: whoever holds it is like nothing else."""


class Likeness:
    """Numbers for modules: two have the same one if they are built alike in all that counts."""

    def __init__(self, model: nn.Module) -> None:
        self.of: dict[nn.Module, int] = {}
        self.times: dict[int, int] = {}
        self._numbers: dict[Hashable, int] = {}
        self._number(model)

    def _number(self, module: nn.Module) -> int:
        if (known := self.of.get(module)) is not None:
            return known
        below = tuple(
            (name, None if child is None else self._number(child))
            for name, child in module._modules.items()
        )
        try:
            built: Hashable = (type(module), below, _tensors(module), *_settings(module))
        except Unlike:
            built = id(module)
        number = self.of[module] = self._numbers.setdefault(built, len(self._numbers))
        self.times[number] = self.times.get(number, 0) + 1
        return number


def form(value: Any) -> Hashable:
    """What of an argument decides the shapes that come of it.

    Raises:
        Unlike: If that can't be said.
    """
    if isinstance(value, Tensor):
        return tuple(value.shape), value.stride(), value.dtype
    if isinstance(value, _PLAIN):
        return type(value), value
    if isinstance(value, list | tuple):
        return type(value), tuple(map(form, value))
    if isinstance(value, dict):
        return tuple((form(key), form(one)) for key, one in value.items())
    raise Unlike


def _tensors(module: nn.Module) -> Hashable:
    return tuple(
        (name, None if tensor is None else tuple(tensor.shape))
        for held in (module._parameters, module._buffers)
        for name, tensor in held.items()
    )


def _settings(module: nn.Module) -> tuple[Hashable, ...]:
    """Its attributes; of a layer that has a rule only those that no rule reads may differ."""
    if type(module) in RULES and not module._parameters:
        return (module.__dict__.get("output_size"),)
    return tuple(
        (name, form(value)) for name, value in module.__dict__.items()
        if name not in _MACHINERY
    )
