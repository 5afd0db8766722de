"""Models with their weights, built by torchvision's own builders.

The architecture is always the one that ships with a weights entry: googlenet without its
auxiliary heads, vit_h_14 for 518 pixels, detectors with their frozen BatchNorm and so on. No
random state outside is read or moved.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.models import catalogue
from core.models.catalogue import WeightsEntry
from core.models.heads import HeadChange, replace_head
from core.models.weights_file import Progress, available_offline, fetch_file
from core.recipe import LINEAR_HEAD, HeadSpec
from core.seeds import seed_for

if TYPE_CHECKING:
    from torch import nn
    from torchvision.models import WeightsEnum

__all__ = ["BuiltModel", "available_offline", "build_architecture", "build_model", "seeded"]

# What the builders of these models do beside loading, when they are given weights.
_SHIPPED: dict[str, dict[str, Any]] = {
    "googlenet": {"transform_input": True, "aux_logits": False},
    "inception_v3": {"transform_input": True},
    "quantized_googlenet": {"transform_input": True, "aux_logits": False},
    "quantized_inception_v3": {"transform_input": True, "aux_logits": False},
    "deeplabv3_mobilenet_v3_large": {"aux_loss": True},
    "deeplabv3_resnet50": {"aux_loss": True},
    "deeplabv3_resnet101": {"aux_loss": True},
    "fcn_resnet50": {"aux_loss": True},
    "fcn_resnet101": {"aux_loss": True},
}
_RANDOM = threading.Lock()  # the global generator is one for all threads


@dataclass(frozen=True)
class BuiltModel:
    """A model that nobody else holds, in train mode, on the CPU.

    Attributes:
        model: The model.
        head: How its last layer was replaced; None if it was kept.
    """

    model: nn.Module
    head: HeadChange | None


def build_model(
    name: str,
    weights: str,
    *,
    num_classes: int | None,
    new_head: HeadSpec = LINEAR_HEAD,
    seed: int = 0,
    from_scratch: bool = False,
    progress: Progress | None = None,
) -> BuiltModel:
    """A model with its weights and, if asked for, a new head.

    Args:
        name: As in the catalogue, of any task.
        weights: Name of a weights entry, or `"none"` for the bare, random model.
        num_classes: Outputs of a new head, for classification; None keeps the head that the
            weights come with.
        new_head: Which one, then.
        seed: Decides the random weights and the new head.
        from_scratch: Takes the architecture of the entry but random weights.
        progress: Told the bytes so far and in all while a file is downloaded.

    Raises:
        ThawError: If there is no such model or weights, or the weights can't be had: no
            network, a damaged file, no space.
    """
    entry = catalogue.find_any_model(name).find_weights(weights)
    with seeded(seed_for("init", seed)):
        if entry is None or from_scratch:
            model = build_architecture(name, entry)
        elif entry.bundled:
            model = _bundled(name, entry)
        else:
            model = _downloaded(name, entry, fetch_file(name, entry, progress))
    head = None
    if num_classes is not None:
        head = replace_head(model, name, num_classes, new_head, seed)
    return BuiltModel(model, head)


def build_architecture(name: str, entry: WeightsEntry | None) -> nn.Module:
    """The random model that ships with a weights entry; the bare constructor's for None.

    Of any task. A model for quantisation comes in floating point, before it is quantised.

    Raises:
        ThawError: If there is no such model.
    """
    from torchvision.models import get_model

    bare = get_model(name, weights=None, **arguments_of(name, entry))
    if entry is None or catalogue.find_any_model(name).task != "detection":
        return bare
    # Given weights, builders of detectors freeze BatchNorm and the first stages.
    return get_model(name, weights=_answering(name, entry, bare.state_dict))


def arguments_of(name: str, entry: WeightsEntry | None) -> dict[str, Any]:
    """What a builder of torchvision's is given for the architecture of a weights entry.

    Raises:
        ThawError: If there is no such model.
    """
    model = catalogue.find_any_model(name)
    family, arguments = model.family, dict[str, Any]()
    if model.task in ("detection", "segmentation"):
        arguments["weights_backbone"] = None  # they would be downloaded otherwise
    if family in ("googlenet", "inception"):
        arguments["init_weights"] = True  # their default, said aloud so that they don't warn
    if entry is not None:
        arguments |= _SHIPPED.get(name, {})
        if family == "vit" and not entry.bundled:
            arguments["image_size"] = entry.min_size
        if entry.categories:
            arguments["num_classes"] = entry.categories
    return arguments


def _bundled(name: str, entry: WeightsEntry) -> nn.Module:
    from core.models import bundled

    model = build_architecture(name, entry)
    model.load_state_dict(bundled.load_bundled(bundled.find_bundled(name, entry.name)))
    return model


def _downloaded(name: str, entry: WeightsEntry, path: Path) -> nn.Module:
    """torchvision's builder with its own weights entry, which reads our file for it."""
    from torchvision.models import get_model

    with_file = _answering(name, entry, lambda: _read(path))
    model = get_model(name, weights=with_file, progress=False)
    if not entry.categories:
        _restart_untrained(model)
    return model


def _answering(
    name: str, entry: WeightsEntry, state_dict: Callable[[], dict[str, Any]]
) -> WeightsEnum:
    """A copy of torchvision's weights entry with another source of its state dict.

    It leaves everything else to the builder: old names of tensors, auxiliary heads, freezing.
    """
    from torchvision.models import get_model_weights

    original = get_model_weights(name)[entry.name]
    answering = object.__new__(type(original))
    answering._value_, answering._name_ = original.value, original.name
    answering.get_state_dict = lambda **_: state_dict()  # type: ignore[method-assign]
    return answering


def _read(path: Path) -> dict[str, Any]:
    import torch

    return torch.load(path, map_location="cpu", weights_only=True)


def _restart_untrained(model: nn.Module) -> None:
    """Draws anew the layers for which a file holds NaN (vgg16's features have no classifier)."""
    for module in model.modules():
        if any(p.isnan().any() for p in module.parameters(recurse=False)):
            module.reset_parameters()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Random numbers on the CPU from this seed; afterwards all is as it was."""
    import torch

    with _RANDOM, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would move CUDA's too
        yield
