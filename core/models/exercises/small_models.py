"""Small models whose every line fits a slide, and torchvision's, all without storage."""

import torch
from torch import nn

from core.models import catalogue
from core.models.catalogue import WeightsEntry
from core.models.heads import HEADS
from core.models.summary_skeleton import build_skeleton


class Mlp(nn.Module):
    """Two linear layers for pictures of 28 x 28."""

    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.hidden = nn.Linear(28 * 28, 128)
        self.relu = nn.ReLU()
        self.classifier = nn.Linear(128, 10)

    def forward(self, x):
        return self.classifier(self.relu(self.hidden(self.flatten(x))))


class Cnn(nn.Module):
    """Two convolutions and a linear layer for pictures of 28 x 28."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, kernel_size=3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.flatten = nn.Flatten()
        self.classifier = nn.Linear(32 * 7 * 7, 10)

    def forward(self, x):
        return self.classifier(self.flatten(self.features(x)))


_SMALL: dict[str, type[nn.Module]] = {"mlp": Mlp, "cnn": Cnn}
_SMALL_INPUT = (1, 28, 28)


def build_exercise_model(name: str, weights: str | None = None) -> nn.Module:
    """A model on the meta device in eval mode, that nobody else holds.

    Args:
        name: One of ours, or a classification model of torchvision's.
        weights: Whose architecture, of torchvision's; None for its DEFAULT weights.

    Raises:
        ThawError: If there is no such model.
    """
    if name in _SMALL:
        with torch.device("meta"):
            return _SMALL[name]().eval()
    entry = shipped_weights(name) if weights is None else catalogue.find_weights(name, weights)
    return build_skeleton(name, entry)


def building_line(name: str) -> str:
    """The Python that builds that model with storage."""
    return f"{_SMALL[name].__name__}()" if name in _SMALL else f'{name}(weights="DEFAULT")'


def input_of(name: str, weights: str | None = None) -> torch.Tensor:
    """A batch of one for that model, without storage."""
    size = _SMALL_INPUT
    if name not in _SMALL:
        chosen = shipped_weights(name).name if weights is None else weights
        size = catalogue.find_model(name).input_shape(chosen)
    return torch.empty(1, *size, device="meta")


def head_of(name: str) -> str:
    """Dotted name of the layer that predicts."""
    return "classifier" if name in _SMALL else HEADS[catalogue.find_model(name).family][0]


def shipped_weights(name: str) -> WeightsEntry:
    """The entry behind `weights="DEFAULT"`: torchvision's own, not one that Thaw made."""
    entry = catalogue.find_model(name)
    default = entry.find_weights(entry.default_weights)
    if default is not None and not default.bundled:
        return default
    return next(weights for weights in entry.weights if not weights.bundled)
