"""The last layer of every model, and putting a new one in its place."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.models import catalogue
from core.seeds import seed_for

if TYPE_CHECKING:
    from torch import Generator, nn

# Family -> the layers that give one output a class. The first is the one that predicts; the
# others are auxiliary heads, which learn beside it and are dropped when the model predicts.
HEADS: dict[str, tuple[str, ...]] = {
    "alexnet": ("classifier.6",),
    "convnext": ("classifier.2",),
    "densenet": ("classifier",),
    "efficientnet": ("classifier.1",),
    "googlenet": ("fc", "aux1.fc2", "aux2.fc2"),
    "inception": ("fc", "AuxLogits.fc"),
    "maxvit": ("classifier.5",),
    "mnasnet": ("classifier.1",),
    "mobilenet_v2": ("classifier.1",),
    "mobilenet_v3": ("classifier.3",),
    "regnet": ("fc",),
    "resnet": ("fc",),
    "shufflenet": ("fc",),
    "squeezenet": ("classifier.1",),  # a 1x1 convolution; its average is the prediction
    "swin": ("head",),
    "vgg": ("classifier.6",),
    "vit": ("heads.head",),
}


@dataclass(frozen=True)
class HeadReplacement:
    """One layer that was replaced.

    Attributes:
        path: Its name in the model.
        before: What stood there, as PyTorch prints it.
        after: What stands there now.
    """

    path: str
    before: str
    after: str


@dataclass(frozen=True)
class HeadChange:
    """What was done to a model so that it predicts other classes."""

    replacements: tuple[HeadReplacement, ...]


def head_paths(name: str, weights: str | None = None) -> tuple[str, ...]:
    """Names of the last layers of a model, the predicting one first.

    Args:
        name: The model.
        weights: Which architecture is meant: googlenet ships without its auxiliary heads and
            has them only where it starts from nothing (`"none"`). None means the shipped one.

    Raises:
        ThawError: If there is no such model.
    """
    paths = HEADS[catalogue.find_model(name).family]
    if name == "googlenet" and weights != catalogue.NO_WEIGHTS:
        return paths[:1]
    return paths


def replace_head(
    model: "nn.Module", name: str, num_classes: int, dropout: float, seed: int
) -> HeadChange:
    """Gives a model a fresh last layer, in place, with one output for each class.

    The layer is drawn as PyTorch draws a new one: from the same seed `torch.manual_seed`
    and `nn.Linear` give the same numbers. The global random state is neither read nor moved.

    Args:
        model: Just built; auxiliary heads that it lacks are passed over.
        name: Its name in the catalogue.
        num_classes: Outputs of the new layer, at least 1.
        dropout: 0 leaves the model's own dropout as it is. Above 0 it is the dropout in front
            of the new layer: that of the model if there is one, else a new one.
        seed: The recipe's seed.

    Raises:
        ThawError: If there is no such model.
    """
    import torch

    generator = torch.Generator().manual_seed(seed_for("head", seed))
    replacements: list[HeadReplacement] = []
    for path in HEADS[catalogue.find_model(name).family]:
        parent_path, _, own = path.rpartition(".")
        try:
            parent = model.get_submodule(parent_path)
        except AttributeError:  # an auxiliary head of a model that ships without it
            continue
        old = getattr(parent, own, None)
        if old is None:
            continue
        new = _fresh(old, num_classes, generator)
        if dropout > 0:
            new, changed = _with_dropout(parent, parent_path, own, new, dropout)
            replacements += changed
        setattr(parent, own, new)
        replacements.append(HeadReplacement(path, _line(old), _line(new)))
    return HeadChange(tuple(replacements))


def _fresh(old: "nn.Module", num_classes: int, generator: "Generator") -> "nn.Module":
    """A layer like the old one but for its number of outputs."""
    import torch
    from torch import nn

    place = {"device": "meta", "dtype": old.weight.dtype, "bias": old.bias is not None}
    if isinstance(old, nn.Linear):
        new: nn.Module = nn.Linear(old.in_features, num_classes, **place)
        fan_in = old.in_features
    else:
        new = nn.Conv2d(old.in_channels, num_classes, old.kernel_size, old.stride, old.padding,
                        **place)
        fan_in = old.in_channels * math.prod(old.kernel_size)
    new.to_empty(device=old.weight.device)
    if not old.weight.is_meta:
        with torch.no_grad():
            nn.init.kaiming_uniform_(new.weight, a=math.sqrt(5), generator=generator)
            if new.bias is not None:
                bound = 1 / math.sqrt(fan_in)
                new.bias.uniform_(-bound, bound, generator=generator)
    return new


def _with_dropout(
    parent: "nn.Module", parent_path: str, own: str, new: "nn.Module", dropout: float
) -> tuple["nn.Module", list[HeadReplacement]]:
    """The new layer behind a dropout: the model's own, set to this rate, or one of its own."""
    from torch import nn

    siblings = list(parent.named_children())
    place = [name for name, _ in siblings].index(own)
    before = siblings[place - 1] if place else ("", None)
    if isinstance(before[1], nn.Dropout):
        name, layer = before
        old = _line(layer)
        layer.p = dropout
        path = f"{parent_path}.{name}".lstrip(".")
        return new, [HeadReplacement(path, old, _line(layer))]
    return nn.Sequential(nn.Dropout(dropout), new), []


def _line(module: "nn.Module") -> str:
    return " ".join(repr(module).split())
