"""Shapes and multiply-adds of single layers by formula, where running them tells no more.

PyTorch's own meta kernels of many layers are decompositions in Python that take up to a
millisecond each. A rule answers only the plain case, for exactly its class in eval mode; where
something is unusual it gives None and the layer runs.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.convnext import LayerNorm2d
from torchvision.ops import StochasticDepth
from torchvision.ops.misc import FrozenBatchNorm2d

Shape = tuple[int, ...]
# A layer and its only input -> shape of its output and multiply-adds of the batch.
Rule = Callable[[nn.Module, Tensor], tuple[Shape, int] | None]


def _same(_layer: nn.Module, x: Tensor) -> tuple[Shape, int]:
    return tuple(x.shape), 0


def _norm_of_channels(layer: Any, x: Tensor) -> tuple[Shape, int] | None:
    shape = tuple(x.shape)
    fits = len(shape) == _DIMENSIONS[type(layer)] + 2 and shape[1] == layer.num_features
    return (shape, 0) if fits else None


def _norm_of_last(layer: Any, x: Tensor) -> tuple[Shape, int] | None:
    shape, own = tuple(x.shape), tuple(layer.normalized_shape)
    return (shape, 0) if shape[-len(own):] == own else None


def _frozen_norm(layer: Any, x: Tensor) -> tuple[Shape, int] | None:
    shape = tuple(x.shape)
    return (shape, 0) if len(shape) == 4 and shape[1] == len(layer.weight) else None


def _norm_of_maps(layer: Any, x: Tensor) -> tuple[Shape, int] | None:
    shape = tuple(x.shape)
    fits = len(shape) == 4 and (shape[1],) == tuple(layer.normalized_shape)
    return (shape, 0) if fits else None


def _linear(layer: Any, x: Tensor) -> tuple[Shape, int] | None:
    shape = tuple(x.shape)
    if len(shape) < 2 or shape[-1] != layer.in_features:
        return None
    out = (*shape[:-1], layer.out_features)
    return out, math.prod(out) * layer.in_features


def _convolution(layer: Any, x: Tensor) -> tuple[Shape, int] | None:
    shape, padding = tuple(x.shape), layer.padding
    if (
        len(shape) != _DIMENSIONS[type(layer)] + 2 or shape[1] != layer.in_channels
        or isinstance(padding, str) or layer.padding_mode != "zeros"
    ):
        return None
    sides = [
        (side + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1
        for side, pad, dilation, kernel, stride in zip(
            shape[2:], padding, layer.dilation, layer.kernel_size, layer.stride, strict=True
        )
    ]
    if min(sides) < 1:
        return None  # PyTorch has the words for that
    out = (shape[0], layer.out_channels, *sides)
    each = layer.in_channels // layer.groups * math.prod(layer.kernel_size)
    return out, math.prod(out) * each


def _adaptive_pool(layer: Any, x: Tensor) -> tuple[Shape, int] | None:
    shape, asked = tuple(x.shape), layer.output_size
    if len(shape) != 4 or min(shape) < 1:
        return None
    asked = asked if isinstance(asked, tuple) else (asked, asked)
    sides = (old if new is None else new for old, new in zip(shape[2:], asked, strict=True))
    return (*shape[:2], *sides), 0


_DIMENSIONS: dict[type, int] = {
    nn.Conv1d: 1, nn.Conv2d: 2, nn.Conv3d: 3, nn.BatchNorm2d: 2, nn.BatchNorm3d: 3,
}
RULES: dict[type, Rule] = {
    **dict.fromkeys(
        [nn.Identity, nn.ReLU, nn.ReLU6, nn.Hardswish, nn.Hardsigmoid, nn.SiLU, nn.GELU,
         nn.Sigmoid, nn.Tanh, nn.Dropout, nn.Dropout2d, nn.Dropout3d, StochasticDepth],
        _same,
    ),
    nn.BatchNorm2d: _norm_of_channels,
    nn.BatchNorm3d: _norm_of_channels,
    nn.LayerNorm: _norm_of_last,
    LayerNorm2d: _norm_of_maps,
    FrozenBatchNorm2d: _frozen_norm,
    nn.Linear: _linear,
    nn.Conv1d: _convolution,
    nn.Conv2d: _convolution,
    nn.Conv3d: _convolution,
    nn.AdaptiveAvgPool2d: _adaptive_pool,
}

# --- operations outside layers ---------------------------------------------------------------

_aten = torch.ops.aten
# The result has the shape and kind of number of the first argument.
SAME_AS_FIRST = frozenset([
    _aten.relu.default, _aten.relu_.default, _aten.sigmoid.default, _aten.tanh.default,
    _aten.gelu.default, _aten.silu.default, _aten.silu_.default, _aten.hardtanh.default,
    _aten.hardtanh_.default, _aten.hardswish.default, _aten.hardswish_.default,
    _aten.hardsigmoid.default, _aten.hardsigmoid_.default, _aten.mul.Scalar, _aten.roll.default,
])
# Of two tensors, or a tensor and a number; the shapes broadcast.
ELEMENTWISE = frozenset([
    _aten.add.Tensor, _aten.add_.Tensor, _aten.mul.Tensor, _aten.mul_.Tensor, _aten.sub.Tensor,
    _aten.sub_.Tensor, _aten.div.Tensor, _aten.div_.Tensor,
])


def broadcast(a: Tensor, b: Tensor | float) -> Tensor | None:
    """The one of two operands whose shape the result has; None where it is neither's."""
    if not a.is_floating_point():
        return None
    if not isinstance(b, Tensor):
        return a
    if a.dtype != b.dtype:
        return None
    if a.shape == b.shape:
        return a
    for large, small in ((a, b), (b, a)):
        extra = large.ndim - small.ndim
        if extra >= 0 and all(
            have in (1, want) for have, want in zip(small.shape, large.shape[extra:], strict=True)
        ):
            return large
    return None
