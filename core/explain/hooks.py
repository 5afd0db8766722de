"""One forward pass that is looked into: each asked-for module shows what it gives."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from core.messages import ThawError

# Told the module's dotted name, which run of it this is (from 0), and its output.
See = Callable[[str, int, Tensor], None]


def run_forward(model: nn.Module, inputs: tuple[Any, ...], names: Iterable[str], see: See) -> Any:
    """The model's own output of one pass in eval mode, without gradients.

    Afterwards the model is as it was: no hook is left and every module is in its old mode,
    also where the pass fails.

    Args:
        inputs: The forward's positional arguments, with the batch.
        names: Dotted names of the modules that are seen; "" is the model itself.
        see: Called while the pass goes on, with the first tensor of each output. Whatever it
            keeps it must copy: an inplace operation after it may overwrite the tensor.

    Raises:
        ThawError: If the model has no module of one of these names.
    """
    with eval_mode(model), _seen(model, names, see), torch.no_grad():
        return model(*inputs)


def keep_outputs(
    model: nn.Module, inputs: tuple[Any, ...], names: Iterable[str]
) -> tuple[Any, dict[str, tuple[Tensor, ...]]]:
    """The model's own output, and a copy of what each of these modules gave, run by run.

    A module that did not run has no entry. Nothing of the other modules is kept.

    Raises:
        ThawError: As `run_forward`.
    """
    kept: dict[str, tuple[Tensor, ...]] = {}

    def keep(name: str, call: int, output: Tensor) -> None:
        kept[name] = (*kept.get(name, ()), output.detach().clone())

    return run_forward(model, inputs, names, keep), kept


def first_tensor(value: Any) -> Tensor | None:
    """The first tensor in a tensor, tuple, list or dict; None if there is none."""
    return next((leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)), None)


@contextmanager
def _seen(model: nn.Module, names: Iterable[str], see: See) -> Iterator[None]:
    handles = []
    try:
        for name in dict.fromkeys(names):
            handles.append(find_module(model, name).register_forward_hook(_hook(name, see)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _hook(name: str, see: See) -> Callable[[nn.Module, Any, Any], None]:
    calls = 0

    def hook(module: nn.Module, inputs: Any, output: Any) -> None:
        nonlocal calls
        tensor = first_tensor(output)
        if tensor is not None:
            see(name, calls, tensor)
        calls += 1

    return hook


def find_module(model: nn.Module, name: str) -> nn.Module:
    """The module of that dotted name.

    Raises:
        ThawError: If the model has none.
    """
    try:
        return model.get_submodule(name)
    except AttributeError:
        raise ThawError("explain.no_layer", name=name, model=type(model).__name__) from None


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Every module is in eval mode within the block, and in its old mode behind it."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
