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
    _aten.exp.default, _aten.sqrt.default, _aten.rsub.Scalar, _aten.clamp.default,
    _aten.clamp_min.default, _aten._softmax.default, _aten._safe_softmax.default,
    _aten.masked_fill.Scalar,
])
# Of two tensors, or a tensor and a number; the shapes broadcast.
ELEMENTWISE = frozenset([
    _aten.add.Tensor, _aten.add_.Tensor, _aten.mul.Tensor, _aten.mul_.Tensor, _aten.sub.Tensor,
    _aten.sub_.Tensor, _aten.div.Tensor, _aten.div_.Tensor,
])


def _cat(args: tuple) -> Shape | None:
    parts, dimension = args[0], args[1] if len(args) > 1 else 0
    shape = list(parts[0].shape)
    dimension %= len(shape)
    rest = shape[:dimension] + shape[dimension + 1:]
    for part in parts[1:]:
        if part.dtype != parts[0].dtype or part.ndim != len(shape):
            return None
        other = list(part.shape)
        shape[dimension] += other.pop(dimension)
        if other != rest:
            return None
    return tuple(shape)


def _grid_sample(args: tuple) -> Shape:
    return (*args[0].shape[:2], *args[1].shape[1:3])


def _resize(args: tuple) -> Shape | None:
    return (*args[0].shape[:2], *args[1]) if args[1] is not None else None


def _add_product(args: tuple) -> Shape | None:
    _, a, b = args
    return (a.shape[0], b.shape[1]) if a.ndim == b.ndim == 2 and a.shape[1] == b.shape[0] else None


def _convolve(args: tuple) -> Shape | None:
    x, weight, _, stride, padding, dilation, transposed = args[:7]
    if transposed or x.ndim != weight.ndim or x.shape[1] != weight.shape[1] * args[8]:
        return None
    sides = [
        (side + 2 * pad - gap * (kernel - 1) - 1) // step + 1
        for side, kernel, step, pad, gap in zip(
            x.shape[2:], weight.shape[2:], stride, padding, dilation, strict=True
        )
    ]
    return (x.shape[0], weight.shape[0], *sides) if min(sides) > 0 else None


# By its arguments; the result has the kind of number of the first tensor among them.
SHAPES: dict[Any, Callable[[tuple], Shape | None]] = {
    _aten.cat.default: _cat,
    _aten.grid_sampler_2d.default: _grid_sample,
    _aten.upsample_bilinear2d.default: _resize,
    _aten.addmm.default: _add_product,
    _aten.convolution.default: _convolve,
}
# Give what they normalise and two small tensors that no module looks at.
NORMALISATIONS = frozenset([
    _aten.native_group_norm.default, _aten.native_batch_norm.default,
    _aten._native_batch_norm_legit_no_training.default,
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


class KnownShapes:
    """Answers operations on the meta device whose result has a plain shape."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Shape, torch.dtype], Tensor] = {}

    def answer(self, func: Any, args: tuple, kwargs: dict | None) -> Any:
        """What an operation gives; NotImplemented for one that has to run."""
        if func in SAME_AS_FIRST:
            known = args[0]
        elif func in ELEMENTWISE:
            known = broadcast(args[0], args[1])
        elif func in NORMALISATIONS and args[0].is_meta:
            return args[0], *[self.empty((0,), args[0].dtype)] * 2
        elif (rule := SHAPES.get(func)) is not None:
            first = args[0] if isinstance(args[0], Tensor) else args[0][0]
            shape = rule(args) if first.is_meta else None
            known = None if shape is None else self.empty(shape, first.dtype)
        elif func is _aten.clone.default and _makes_contiguous(kwargs) and args[0].is_meta:
            known = self.empty(tuple(args[0].shape), args[0].dtype)
        else:
            return NotImplemented
        return known if type(known) is Tensor and known.is_meta else NotImplemented

    def empty(self, shape: Shape, dtype: torch.dtype) -> Tensor:
        """A tensor on meta; one for all uses, as it holds nothing but its shape."""
        kept = self._kept.get((shape, dtype))
        if kept is None or tuple(kept.shape) != shape:  # an operation in place may reshape it
            kept = self._kept[shape, dtype] = torch.empty(shape, dtype=dtype, device="meta")
        return kept


def _makes_contiguous(kwargs: dict | None) -> bool:
    return (kwargs or {}).get("memory_format") is torch.contiguous_format
