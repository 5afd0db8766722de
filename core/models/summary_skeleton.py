"""Models without weights: built on the meta device, where a tensor is a shape and no memory."""

from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from core.models.build import build_architecture
from core.models.catalogue import WeightsEntry
from core.models.heads import replace_head

# Constructors fill these with numbers later; where they compute with numbers (arange,
# linspace, tensor) these stay real, because regnet asks for the values.
_STORAGE = frozenset(
    [torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn,
     torch.empty_strided]
)


class _NoStorage(TorchFunctionMode):
    """Sends new tensors to meta and passes over initialisation, in this thread alone."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func in _STORAGE and kwargs.get("device") is None:
            kwargs = {**kwargs, "device": "meta"}
        elif getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def build_skeleton(
    name: str, entry: WeightsEntry | None, num_classes: int | None = None, dropout: Any = 0.0
) -> nn.Module:
    """The architecture of a weights entry on the meta device, in eval mode.

    Equal to the real one in every module, parameter and buffer but for their values.

    Args:
        name: The model.
        entry: Whose architecture; None for the bare constructor's.
        num_classes: Outputs of a new head; None keeps the entry's own.
        dropout: Of the new head.

    Raises:
        ThawError: If there is no such model.
    """
    with _NoStorage():
        model = build_architecture(name, entry)
    model = model.to("meta").eval()
    if num_classes is not None:
        replace_head(model, name, num_classes, dropout, seed=0)
        model.eval()
    return model
