"""Which layers of a model have maps, and which of them a heat map begins with."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from core.explain.hooks import eval_mode, first_tensor
from core.explain.layout import Kind, keeps_channels_last, lay_out
from core.messages import ThawError
from core.seeds import seed_for

FINE = 4  # places a side from which on a map tells where


@dataclass(frozen=True)
class MapLayer:
    """A layer whose output is maps, or a square of tokens.

    Attributes:
        name: Its dotted name.
        type: Name of its class.
        kind: "channels" or "tokens".
        maps: How many, that is channels or numbers of a token.
        size: Height and width of a map.
        reaches: Whether the head sees these maps: behind the last attention, say, it reads the
            class token alone.
    """

    name: str
    type: str
    kind: Kind
    maps: int
    size: tuple[int, int]
    reaches: bool


def map_layers(model: nn.Module, size: int) -> tuple[MapLayer, ...]:
    """The layers with maps before the head, in the order in which they are done.

    Found by one pass of a random picture forwards and backwards: no name of any architecture is
    known here. The head is the last module with parameters of its own to run, with what holds it.

    Args:
        model: It is looked at in eval mode, and left as it was.
        size: Side of its input in pixels.
    """
    seen = _look(model, size)
    layers = [(name, output) for name, output in seen.outputs if name not in seen.head_line]
    slopes = torch.autograd.grad(
        seen.read_by_head, [output for _, output in layers], seen.weights, allow_unused=True
    )
    found = []
    for (name, output), slope in zip(layers, slopes, strict=True):
        last = keeps_channels_last(model, name)
        laid = lay_out(output.detach(), channels_last=last)
        count, height, width = laid.maps.shape
        if laid.kind in ("channels", "tokens") and min(height, width) > 1:
            reaches = slope is not None and bool(lay_out(slope, channels_last=last).maps.any())
            kind = type(model.get_submodule(name)).__name__
            found.append(MapLayer(name, kind, laid.kind, count, (height, width), reaches))
    return tuple(found)


def default_layer(model: nn.Module, size: int) -> str:
    """The last layer before the head that has learned, and whose maps the head sees.

    layer4 of a ResNet, for example, or the first LayerNorm of a vision transformer's last block:
    behind it, only the class token is read. Maps of fewer than 4 places a side, as small inputs
    have them in the end, tell little of where: then it is the last layer of larger ones that all
    that the head sees has come through.

    Args:
        model: As `map_layers` takes it.
        size: Side of its input in pixels.

    Raises:
        ThawError: If no layer has maps at this size.
    """
    return default_of(map_layers(model, size), model, size)


def default_of(layers: tuple[MapLayer, ...], model: nn.Module, size: int) -> str:
    """Of these layers the one that `default_layer` names.

    Raises:
        ThawError: If none of them has parameters and is seen by the head.
    """
    found = [
        layer for layer in layers
        if layer.reaches and next(model.get_submodule(layer.name).parameters(), None) is not None
    ]
    if not found:
        raise ThawError("explain.no_maps", model=type(model).__name__)
    last = found[-1]
    if min(last.size) >= FINE:
        return last.name
    fine = [layer.name for layer in found if min(layer.size) >= FINE]
    return next((name for name in reversed(fine) if _is_cut(model, size, name)), last.name)


def _is_cut(model: nn.Module, size: int, name: str) -> bool:
    """Whether all that the head sees of the picture has come through this layer."""
    seen = _look(model, size, cut=name)
    (slope,) = torch.autograd.grad(
        seen.read_by_head, seen.picture, seen.weights, allow_unused=True
    ) if seen.read_by_head.requires_grad else (None,)
    return slope is None


@dataclass(frozen=True)
class _Seen:
    """One pass.

    Attributes:
        outputs: Of each module its last one, by the end of its last run.
        head_line: Names of the head and of what holds it.
        read_by_head: The head's input.
        weights: Random numbers of its shape, so that nothing cancels in the sum.
        picture: The model's input.
    """

    outputs: list[tuple[str, Tensor]]
    head_line: set[str]
    read_by_head: Tensor
    weights: Tensor
    picture: Tensor


def _look(model: nn.Module, size: int, cut: str | None = None) -> _Seen:
    """A pass of a random picture; behind the layer `cut` nothing knows of it through that layer."""
    generator = torch.Generator().manual_seed(seed_for("explain", 0))
    device = next((one.device for one in model.parameters()), torch.device("cpu"))
    picture = torch.randn(1, 3, size, size, generator=generator).to(device).requires_grad_()
    outputs: dict[str, Tensor] = {}
    read: list[tuple[str, Tensor]] = []
    handles = []

    def before(name: str) -> Any:
        def hook(_module: nn.Module, inputs: Any) -> None:
            tensor = first_tensor(inputs)
            if tensor is not None:
                read[:] = [(name, tensor)]

        return hook

    def after(name: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> Tensor | None:
            if not isinstance(output, Tensor) or not output.requires_grad:
                return None
            outputs.pop(name, None)
            outputs[name] = output
            # What follows may overwrite it in place.
            return output.detach().clone() if name == cut else output.clone()

        return hook

    try:
        for name, module in model.named_modules():
            if not name:
                continue
            handles.append(module.register_forward_hook(after(name)))
            if next(module.parameters(recurse=False), None) is not None:
                handles.append(module.register_forward_pre_hook(before(name)))
        with eval_mode(model), torch.enable_grad():
            model(picture)
    finally:
        for handle in handles:
            handle.remove()
    if not read or not (read[0][1].requires_grad or cut):
        raise ThawError("explain.no_maps", model=type(model).__name__)
    head, tensor = read[0]
    parts = head.split(".")
    line = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    weights = torch.randn(tensor.shape, generator=generator).to(device)
    return _Seen(list(outputs.items()), line, tensor, weights, picture)
