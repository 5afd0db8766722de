"""Max pooling on a CPU that is several times faster and gives the same to the last bit.

PyTorch pools channels last with vector instructions and the usual layout without, so the input is
turned and the result turned back. A maximum is not rounded, and both kernels keep the first of
equal values and every NaN.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

_POOLS = (functional.max_pool2d, torch.max_pool2d)
_FEWEST_CHANNELS = 8  # with three, turning the picture takes longer than it saves
_FEWEST_NUMBERS = 16_384  # from here on every kernel, stride and batch that was measured gained


class QuickMaxPooling(TorchFunctionMode):
    """Inside it, max pooling without gradients turns its input to channels last and back.

    What needs gradients is left alone: a mode costs every operation some microseconds, which a
    step of a tiny model feels. `quick_pools` is for those.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """The result of an operation, as without this."""
        kwargs = kwargs or {}
        if func not in _POOLS or not args or not _pays(args[0]) or _needs_gradients(args[0]):
            return func(*args, **kwargs)
        pooled = func(_turned(args[0]), *args[1:], **kwargs)
        return _back(pooled) if isinstance(pooled, Tensor) else pooled


def quick_max_pooling(model: nn.Module) -> AbstractContextManager[Any]:
    """`QuickMaxPooling` for the passes of a model on a CPU that pools; nothing for others.

    Nor for one with attention: inside any such mode PyTorch leaves out its fast path of attention,
    which is slower and gives other last bits.
    """
    modules = list(model.modules())
    pools = any(isinstance(module, nn.MaxPool2d) for module in modules)
    attends = any(isinstance(module, nn.MultiheadAttention) for module in modules)
    return QuickMaxPooling() if pools and _on_cpu(model) and not attends else nullcontext()


class QuickPools:
    """Inside it, the `nn.MaxPool2d` of a model pool channels last, with gradients and without.

    Each has another forward for so long, as an attribute of its own. The backward pass is the one
    that PyTorch has for the usual layout; its own for channels last takes longer for large maps.
    """

    def __init__(self, pools: Sequence[nn.MaxPool2d]) -> None:
        self._forwards = [(vars(pool), partial(_pooled, pool)) for pool in pools]

    def __enter__(self) -> None:
        for attributes, forward in self._forwards:
            attributes["forward"] = forward

    def __exit__(self, *_error: object) -> None:
        for attributes, _ in self._forwards:
            del attributes["forward"]


def quick_pools(model: nn.Module) -> AbstractContextManager[None]:
    """`QuickPools` for the passes in which a model trains on a CPU; nothing for others.

    For one model in one thread: elsewhere another pass would find the other forward, or lose it.
    """
    pools = [module for module in model.modules() if _is_plain(module)]
    return QuickPools(pools) if pools and _on_cpu(model) else nullcontext()


class _Pooled(torch.autograd.Function):
    """Pools channels last, and hands on values and gradients as PyTorch does it for the usual."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, *how: Any) -> Tensor:
        pooled, places = torch.ops.aten.max_pool2d_with_indices(_turned(maps), *how)
        ctx.save_for_backward(maps, _back(places))
        ctx.how = how
        return _back(pooled)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        maps, places = ctx.saved_tensors
        pool_backward = torch.ops.aten.max_pool2d_with_indices_backward
        return pool_backward(gradient, maps, *ctx.how, places), *(None for _ in ctx.how)


def _pooled(pool: nn.MaxPool2d, maps: Tensor) -> Tensor:
    """What the pool's own forward gives."""
    how = pool.kernel_size, pool.stride, pool.padding, pool.dilation, pool.ceil_mode
    if not _pays(maps) or torch._C._are_functorch_transforms_active():
        return functional.max_pool2d(maps, *how)
    if _needs_gradients(maps):
        return _Pooled.apply(maps, *how)
    return _back(functional.max_pool2d(_turned(maps), *how))


def _pays(maps: object) -> bool:
    return (
        isinstance(maps, Tensor) and maps.device.type == "cpu" and maps.dim() == 4
        and maps.shape[1] >= _FEWEST_CHANNELS and maps.numel() >= _FEWEST_NUMBERS
        and maps.shape[2] * maps.shape[3] > 1 and maps.is_contiguous()  # a single pixel has no turn
    )


def _needs_gradients(maps: Tensor) -> bool:
    return torch.is_grad_enabled() and maps.requires_grad


def _turned(maps: Tensor) -> Tensor:
    return maps.contiguous(memory_format=torch.channels_last)


def _back(maps: Tensor) -> Tensor:
    """With the usual strides, those of a map of one pixel too."""
    return maps.clone(memory_format=torch.contiguous_format)


def _is_plain(module: nn.Module) -> bool:
    """Whether it pools as PyTorch has it, and gives values alone."""
    return (
        isinstance(module, nn.MaxPool2d) and type(module).forward is nn.MaxPool2d.forward
        and "forward" not in vars(module) and not module.return_indices
    )


def _on_cpu(model: nn.Module) -> bool:
    return all(parameter.device.type == "cpu" for parameter in model.parameters())
