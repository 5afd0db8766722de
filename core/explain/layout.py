"""What a layer's output is, seen as pictures: channels, tokens, or plain numbers.

torchvision's models keep their channels first, but for Swin and the inside of ConvNeXt's
blocks, which keep them last; a transformer has tokens in the place of pixels.
"""

import math
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn
from torchvision.ops import Permute

# channels: a map each; tokens: a square of them is a map a feature; vector: a number a channel;
# slices: anything else, cut along its first axis.
Kind = Literal["channels", "tokens", "vector", "slices"]

_FIRST = (nn.modules.conv._ConvNd, nn.modules.batchnorm._BatchNorm)
_LAST = (nn.Linear, nn.LayerNorm)


@dataclass(frozen=True)
class Layout:
    """An output as maps.

    Attributes:
        kind: What it is.
        maps: [C, H, W]; for a vector [D, 1, 1].
        aside: The class token [D], where there is one beside the square of tokens.
    """

    kind: Kind
    maps: Tensor
    aside: Tensor | None = None


def lay_out(output: Tensor, *, channels_last: bool = False) -> Layout:
    """The output of a layer for one picture, as maps.

    The picture is square, so a side that differs from two equal ones is that of the channels.

    Args:
        output: With the batch of one in front.
        channels_last: Decides where all three sides are equal.
    """
    value = output[0] if output.ndim and output.shape[0] == 1 else output
    if value.ndim == 3:
        return _of_three(value, channels_last)
    if value.ndim == 2:
        return _of_tokens(value)
    if value.ndim <= 1:
        return Layout("vector", value.reshape(-1, 1, 1))
    return Layout("slices", value.flatten(0, -3))


def keeps_channels_last(model: nn.Module, name: str) -> bool:
    """Whether a layer's channels come last, by the modules in and before it.

    The nearest one that fixes the order decides: a convolution has channels first, a Linear on
    a map has them last, a Permute says.
    """
    last = reached = False
    for path, module in model.named_modules():
        inside = not name or path == name or path.startswith(f"{name}.")
        if reached and not inside:
            break
        reached = reached or inside
        last = _decides(module, last)
    return last


def _decides(module: nn.Module, last: bool) -> bool:
    """Whether the channels come last behind a module, if they did so before it."""
    if isinstance(module, _FIRST):
        return False
    if isinstance(module, _LAST):
        return True
    if isinstance(module, Permute):
        # Of dims (batch, …): the channels were at one of these places.
        return module.dims[-1] == (len(module.dims) - 1 if last else 1)
    return last


def _of_three(value: Tensor, channels_last: bool) -> Layout:
    first, second, third = value.shape
    if second == third and not (first == second and channels_last):
        return Layout("channels" if second > 1 else "vector", value)
    if first == second:
        maps = value.permute(2, 0, 1)
        return Layout("channels" if first > 1 else "vector", maps)
    return Layout("slices", value)


def _of_tokens(value: Tensor) -> Layout:
    """Tokens [N, D] that fill a square, with or without a class token before them."""
    tokens = value.shape[0]
    for aside in (1, 0):
        side = math.isqrt(max(0, tokens - aside))
        if side > 1 and side * side == tokens - aside:
            maps = value[aside:].T.reshape(-1, side, side)
            return Layout("tokens", maps, value[0] if aside else None)
    return Layout("slices", value[None])
