"""Models without weights: built on the meta device, where a tensor is a shape and no memory."""

from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from core.models import catalogue
from core.models.build import build_architecture
from core.models.catalogue import WeightsEntry
from core.models.heads import replace_head
from core.models.shape_rules import KnownShapes
from core.recipe import LINEAR_HEAD, HeadSpec

# Constructors fill these with numbers later; where they compute with numbers (arange,
# linspace, tensor) these stay real, because regnet asks for the values.
_STORAGE = frozenset(
    [torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn,
     torch.empty_strided]
)


# Give a tensor other numbers and nothing else; `nn.init` ends in them.
_FILLS = frozenset(
    [Tensor.normal_, Tensor.uniform_, Tensor.fill_, Tensor.zero_, Tensor.random_,
     Tensor.bernoulli_, Tensor.erfinv_, Tensor.clamp_]
)


# Constructors of these compute large tables of positions by `arange`, and only for a buffer.
_TABLES = frozenset([("video", "swin")])
# Constructors of these run their backbone, to see how many channels it gives.
_RUNNING = frozenset([("detection", "ssd"), ("detection", "ssdlite")])


class NoStorage(TorchFunctionMode):
    """Sends new tensors to meta and passes over initialisation, in this thread alone."""

    def __init__(self, storage: frozenset = _STORAGE) -> None:
        super().__init__()
        self._storage = storage

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in self._storage:
            kwargs = kwargs or {}
            if kwargs.get("device") is None:
                kwargs = {**kwargs, "device": "meta"}
        elif func in _FILLS:
            if args[0].is_meta:
                return args[0]
        elif getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


class _Quick(TorchDispatchMode):
    """Takes plain shapes from formulas; other operations run."""

    def __init__(self) -> None:
        super().__init__()
        self._shapes = KnownShapes()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = self._shapes.answer(func, args, kwargs)
        return func(*args, **(kwargs or {})) if out is NotImplemented else out


def build_skeleton(
    name: str, entry: WeightsEntry | None, num_classes: int | None = None,
    new_head: HeadSpec = LINEAR_HEAD,
) -> nn.Module:
    """The architecture of a weights entry on the meta device, in eval mode.

    Equal to the real one in every module, parameter and buffer but for their values.

    Args:
        name: The model.
        entry: Whose architecture; None for the bare constructor's.
        num_classes: Outputs of a new head; None keeps the entry's own.
        new_head: Which one, then.

    Raises:
        ThawError: If there is no such model.
    """
    model_entry = catalogue.find_any_model(name)
    kind = model_entry.task, model_entry.family
    storage = _STORAGE | {torch.arange} if kind in _TABLES else _STORAGE
    with NoStorage(storage), _Quick() if kind in _RUNNING else nullcontext():
        model = build_architecture(name, entry)
    model = to_meta(model).eval()
    if num_classes is not None:
        replace_head(model, name, num_classes, new_head, seed=0)
        model.eval()
    return model


def to_meta(model: nn.Module) -> nn.Module:
    """`model.to("meta")`, in place, which looks at what is elsewhere alone: a few buffers."""
    moved: dict[int, nn.Parameter] = {}  # shared ones stay shared
    for module in model.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None and not parameter.is_meta:
                new = nn.Parameter(parameter.detach().to("meta"), parameter.requires_grad)
                module._parameters[name] = moved.setdefault(id(parameter), new)
        for name, buffer in module._buffers.items():
            if buffer is not None and not buffer.is_meta:
                module._buffers[name] = buffer.to("meta")
    return model
