"""Where a loss that is no longer a finite number began."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from core.messages import Problem


def where_it_began(model: nn.Module, forward: Callable[[], Any], step: int) -> Problem:
    """The first layer whose output is not finite though its input is.

    Args:
        forward: Runs the model, in whole or in part, with the weights that gave the loss.
        step: That gave it, from 1.
    """
    found: list[Problem] = []

    def look(name: str, module: nn.Module, given: tuple, output: Any) -> None:
        if found:
            return
        values = {"layer": name, "step": step}
        if not all(map(_is_finite, given)):
            found.append(Problem("training.not_finite_before", values))
        elif not all(map(_is_finite, module.parameters())):
            found.append(Problem("training.not_finite_weights", values))
        elif not _is_finite(output):
            found.append(Problem("training.not_finite_layer", values))

    hooks = [
        module.register_forward_hook(
            lambda module, given, output, name=name: look(name, module, given, output)
        )
        for name, module in model.named_modules() if not any(module.children())
    ]
    try:
        with torch.no_grad():
            forward()
    finally:
        for hook in hooks:
            hook.remove()
    return found[0] if found else Problem("training.not_finite_loss", {"step": step})


def _is_finite(value: Any) -> bool:
    """Of all tensors in it."""
    if isinstance(value, Tensor):
        return bool(value.isfinite().all())
    return not isinstance(value, (tuple, list)) or all(map(_is_finite, value))
