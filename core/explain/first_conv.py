"""The convolutions that read the picture itself, and their weights as pictures."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torchvision.utils import make_grid

from core.explain.hooks import first_tensor
from core.explain.statistics import Order, ordered

Scale = Literal["each", "all"]
_TILE = 44  # pixels of a kernel in the picture, about
_GAP = 6  # pixels between them
_COLUMNS = 8


@dataclass(frozen=True)
class Filters:
    """The weights of one convolution.

    Attributes:
        name: Of the module.
        weight: float32 [N, C, h, w]: N filters for C channels of the input; those of a Conv3d
            have their frames side by side in the width.
        kernel: Height and width of the kernel, its frames in front for a Conv3d.
        strength: Of each filter, the mean of its absolute weights; [N].
    """

    name: str
    weight: np.ndarray
    kernel: tuple[int, ...]
    strength: np.ndarray

    @property
    def is_rgb(self) -> bool:
        """Whether a filter is one picture in colour; else it is a grey one for each channel."""
        return self.weight.shape[1] == 3

    def order(self, by: Order) -> np.ndarray:
        """The filters' numbers in this order."""
        return ordered(self.strength, by)


def first_convolutions(model: nn.Module, inputs: tuple[Any, ...]) -> tuple[str, ...]:
    """Names of the convolutions whose input depends on the picture and on no weight.

    Found by following every operation of one forward pass, for which shapes are enough: the
    model and its inputs may be on the meta device.
    """
    trace, found, handles = _Untouched(model, inputs), [], []

    def before(name: str) -> Any:
        def hook(module: nn.Module, args: tuple[Any, ...]) -> None:
            if trace.is_picture(first_tensor(args)) and name not in found:
                found.append(name)

        return hook

    try:
        for name, module in model.named_modules():
            if isinstance(module, nn.modules.conv._ConvNd):
                handles.append(module.register_forward_pre_hook(before(name)))
        with torch.no_grad(), trace:
            model(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    return tuple(found)


def filters(model: nn.Module, name: str) -> Filters:
    """The weights of a convolution."""
    weight = model.get_submodule(name).weight.detach().float()
    kernel = tuple(weight.shape[2:])
    if weight.ndim == 5:
        weight = weight.movedim(2, 3).flatten(3)
    return Filters(name, weight.numpy(), kernel, weight.abs().mean((1, 2, 3)).numpy())


def filter_grid(found: Filters, chosen: np.ndarray, scale: Scale) -> np.ndarray:
    """Some filters as one picture: uint8 [H, W, 4], eight in a row, nothing between them.

    A weight of zero is middle grey; the largest absolute weight is black or full colour.

    Args:
        chosen: Numbers of the filters.
        scale: Whether that is the largest of each filter, or of the whole layer.
    """
    weight = torch.from_numpy(found.weight[chosen])
    if scale == "each":
        largest = weight.abs().amax((1, 2, 3), keepdim=True)
    else:
        largest = torch.tensor(float(np.abs(found.weight).max()))
    weight = weight / largest.clamp_min(torch.finfo(torch.float32).tiny)
    if not found.is_rgb:
        weight = weight.flatten(0, 1)[:, None]
    zoom = max(1, round(_TILE / weight.shape[2]))
    weight = weight.repeat_interleave(zoom, 2).repeat_interleave(zoom, 3)
    layout = {"nrow": _COLUMNS, "padding": _GAP, "pad_value": 0.0}
    grid = make_grid(weight, normalize=True, value_range=(-1, 1), **layout)
    there = make_grid(torch.ones_like(weight), **layout)[:1]
    picture = torch.cat([grid, there]).permute(1, 2, 0)
    return (picture * 255).round().to(torch.uint8).numpy()


@dataclass
class _Untouched(TorchDispatchMode):
    """Follows which tensors are made of the picture alone, and which of weights."""

    model: nn.Module
    inputs: tuple[Any, ...]
    _picture: dict[int, Tensor] = field(default_factory=dict)  # held, so that no id comes again
    _weights: dict[int, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._keep(self._picture, self.inputs)
        self._keep(self._weights, [*self.model.parameters(), *self.model.buffers()])

    def is_picture(self, tensor: Tensor | None) -> bool:
        """Whether a tensor was made of the picture alone."""
        return id(tensor) in self._picture and id(tensor) not in self._weights

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        read = [id(leaf) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        if any(one in self._weights for one in read):
            self._keep(self._weights, out)
        elif any(one in self._picture for one in read):
            self._keep(self._picture, out)
        return out

    @staticmethod
    def _keep(kept: dict[int, Tensor], value: Any) -> None:
        kept.update((id(leaf), leaf) for leaf in tree_leaves(value) if isinstance(leaf, Tensor))
