"""A forward pass of a user's own model: on what it runs, and where in the model it is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

_DTYPES = {"float": torch.float32, "int": torch.int64}


def input_of(shape: Sequence[int], kind: str, device: str) -> Tensor:
    """An input [1, *shape] of kind "float", in [0, 1), or "int"."""
    if kind == "int":  # zeros: every table has a row 0
        return torch.zeros(1, *shape, dtype=_DTYPES[kind], device=device)
    return torch.rand(1, *shape, dtype=_DTYPES[kind], device=device)


@contextmanager
def on_device(device: str) -> Iterator[None]:
    """What a forward makes by itself (a first hidden state, positions) lies on meta too.

    On the CPU without fused kernels: what an LSTM or attention computes in one can't be counted.
    """
    if device == "meta":
        with torch.device("meta"):
            yield
        return
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.backends.mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def run_once(model: nn.Module, inputs: Sequence[Tensor]) -> None:
    """One forward pass without gradients."""
    with torch.no_grad():
        model(*inputs)


@contextmanager
def running() -> Iterator[list[tuple[nn.Module, Any]]]:
    """The modules that run at this moment, the innermost last, and what they were given."""
    stack: list[tuple[nn.Module, Any]] = []
    began = register_module_forward_pre_hook(lambda module, args: stack.append((module, args)))
    ended = register_module_forward_hook(lambda *_: _drop_last(stack))
    try:
        yield stack
    finally:
        began.remove()
        ended.remove()


def _drop_last(stack: list[Any]) -> None:
    stack.pop()  # and returns nothing: what such a hook returns would be the output


def where(model: nn.Module, stack: Sequence[tuple[nn.Module, Any]]) -> str:
    """The innermost module that ran, in words, with the shapes that it was given."""
    if not stack:
        return ""
    module, args = stack[-1]
    name = next((name for name, one in model.named_modules() if one is module), "")
    if not name:
        return ""
    shapes = ", ".join("×".join(map(str, one.shape)) for one in args if isinstance(one, Tensor))
    given = f" with an input of {shapes}" if shapes else ""
    return f", in {name} ({type(module).__name__}){given}"
