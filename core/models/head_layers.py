"""The layers of a new head: how each is made, drawn and put into a model."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Generator, Tensor, nn

from core.models.heads import HeadReplacement
from core.recipe import HeadSpec

Draw = Callable[[nn.Module], None]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "hardswish": nn.Hardswish,
    "tanh": nn.Tanh,
}
# How weights are drawn other than as PyTorch does; biases are zeros then.
INITS: dict[str, Callable[[Tensor, Generator], Tensor]] = {
    "xavier": lambda weight, generator: nn.init.xavier_uniform_(weight, generator=generator),
    "kaiming": lambda weight, generator: nn.init.kaiming_normal_(weight, generator=generator),
    "normal": lambda weight, generator: nn.init.normal_(weight, std=0.01, generator=generator),
    "zeros": lambda weight, generator: nn.init.zeros_(weight),
}


@dataclass(frozen=True)
class Place:
    """Where a layer stands.

    Attributes:
        path: Its name in the model.
        parent: The module that holds it.
        layer: A Linear or a convolution.
    """

    path: str
    parent: nn.Module
    layer: nn.Linear | nn.Conv2d

    def put(self, module: nn.Module) -> None:
        """Puts another module there."""
        setattr(self.parent, self.path.rpartition(".")[2], module)

    def beside(self, name: str) -> str:
        """The name in the model of another child of the parent."""
        return f"{self.path.rpartition('.')[0]}.{name}".lstrip(".")

    def dropout_in_front(self) -> tuple[str, nn.Dropout] | None:
        """The model's own dropout right before the layer, with its name in the model."""
        before: tuple[str, nn.Module] | None = None
        for name, child in self.parent.named_children():
            if child is self.layer:
                break
            before = name, child
        if before and isinstance(before[1], nn.Dropout):
            return self.beside(before[0]), before[1]
        return None


def find_place(model: nn.Module, path: str) -> Place | None:
    """The place of a layer; None where the model has none of that name."""
    parent_path, _, own = path.rpartition(".")
    try:
        parent = model.get_submodule(parent_path)
    except AttributeError:
        return None
    layer = getattr(parent, own, None)
    return None if layer is None else Place(path, parent, layer)


# --- drawing -------------------------------------------------------------------------------


def drawing(init: str, seed: int) -> Draw:
    """What gives one layer after another its numbers, from one stream of random ones.

    Args:
        init: "default", as PyTorch draws them, or a key of `INITS`.
    """
    return partial(_draw, init, torch.Generator().manual_seed(seed))


@torch.no_grad()
def _draw(init: str, generator: Generator, layer: nn.Module) -> None:
    if layer.weight.is_meta:
        return
    if not isinstance(layer, nn.Linear | nn.Conv2d):  # a LayerNorm: ones and zeros, always
        layer.reset_parameters()
        return
    if init != "default":
        INITS[init](layer.weight, generator)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
        return
    # As `reset_parameters` of both classes does, which takes no generator.
    nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
    if layer.bias is not None:
        bound = 1 / math.sqrt(layer.weight[0].numel())
        layer.bias.uniform_(-bound, bound, generator=generator)


def _like(old: nn.Linear | nn.Conv2d, inputs: int, outputs: int, *, bias: bool) -> nn.Module:
    """A layer of the same class, on the same device, with other sides and no numbers yet."""
    place = {"device": "meta", "dtype": old.weight.dtype, "bias": bias}
    if isinstance(old, nn.Linear):
        new: nn.Module = nn.Linear(inputs, outputs, **place)
    else:
        new = nn.Conv2d(inputs, outputs, old.kernel_size, old.stride, old.padding, **place)
    return new.to_empty(device=old.weight.device)


def sides(layer: nn.Linear | nn.Conv2d) -> tuple[int, int]:
    """How many features go in, and how many come out."""
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    return layer.in_channels, layer.out_channels


# --- the kinds -----------------------------------------------------------------------------


def put_linear(
    place: Place, head: HeadSpec, outputs: int, draw: Draw
) -> list[HeadReplacement]:
    """One layer in the place of the last one; of the family's own classifier the last one."""
    old = place.layer
    new = _like(old, sides(old)[0], outputs, bias=old.bias is not None)
    draw(new)
    own = own_dropouts(place, whole=head.kind == "family") if head.dropout > 0 else []
    changed = [_set_rate(name, dropout, head.dropout) for name, dropout in own]
    if head.dropout > 0 and not own:
        new = nn.Sequential(nn.Dropout(head.dropout), new)
    place.put(new)
    return [*changed, HeadReplacement(place.path, _line(old), _line(new))]


def put_mlp(place: Place, head: HeadSpec, outputs: int, draw: Draw) -> list[HeadReplacement]:
    """Hidden layers, each with its activation and a dropout, and a last one, in its place.

    The dropouts are there at a rate of 0 too, so that no name depends on it.
    """
    old = place.layer
    inputs, layers = sides(old)[0], []
    for width in head.hidden:
        hidden = _like(old, inputs, width, bias=True)
        draw(hidden)
        layers += [hidden, ACTIVATIONS[head.activation](), nn.Dropout(head.dropout)]
        inputs = width
    last = _like(old, inputs, outputs, bias=old.bias is not None)
    draw(last)
    new = nn.Sequential(*layers, last)
    own = own_dropouts(place, whole=False) if head.dropout > 0 else []
    changed = [_set_rate(name, dropout, head.dropout) for name, dropout in own]
    place.put(new)
    return [*changed, HeadReplacement(place.path, _line(old), _line(new))]


def append(place: Place, head: HeadSpec, outputs: int, draw: Draw) -> list[HeadReplacement]:
    """One layer behind the model's own outputs, which stay with their weights."""
    old, parent = place.layer, place.parent
    new = _like(old, sides(old)[1], outputs, bias=True)
    draw(new)
    if head.dropout > 0:
        new = nn.Sequential(nn.Dropout(head.dropout), new)
    if isinstance(parent, nn.Sequential):
        parent.append(new)
        return [HeadReplacement(place.beside(str(len(parent) - 1)), "", _line(new))]
    whole = nn.Sequential(old, new)
    place.put(whole)
    return [HeadReplacement(place.path, _line(old), _line(whole))]


def draw_anew(
    model: nn.Module, paths: Sequence[str], draw: Draw
) -> list[HeadReplacement]:
    """New numbers for layers that stay as they are otherwise."""
    found = []
    for path in paths:
        layer = model.get_submodule(path)
        draw(layer)
        found.append(HeadReplacement(path, _line(layer), _line(layer)))
    return found


def own_dropouts(place: Place, *, whole: bool) -> list[tuple[str, nn.Dropout]]:
    """The model's own dropouts that belong to the head: of its classifier, or right before it."""
    if whole and isinstance(place.parent, nn.Sequential):
        return [(place.beside(name), child) for name, child in place.parent.named_children()
                if isinstance(child, nn.Dropout)]
    found = place.dropout_in_front()
    return [found] if found else []


def _set_rate(name: str, dropout: nn.Dropout, rate: float) -> HeadReplacement:
    before = _line(dropout)
    dropout.p = rate
    return HeadReplacement(name, before, _line(dropout))


def _line(module: nn.Module) -> str:
    """As PyTorch prints it; what holds others keeps its lines."""
    return repr(module) if isinstance(module, nn.Sequential) else " ".join(repr(module).split())
