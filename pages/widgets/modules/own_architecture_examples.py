"""Models to begin with; each shows one thing that a summary explains."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """One model.

    Attributes:
        about: What to look for.
        inputs: That it takes, as they are typed.
    """

    about: str
    code: str
    inputs: str


_UNUSED = '''\
from torch import nn
from torchvision import models

vgg = models.vgg16()
vgg.fc = nn.Linear(1000, 1)   # meant as the new last layer
'''

_LAZY = '''\
from torch import nn


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.LazyConv2d(16, kernel_size=3, padding=1),
            nn.LazyBatchNorm2d(),
            nn.ReLU(),
            nn.MaxPool2d(4),
        )
        self.hidden = nn.LazyLinear(64)
        self.classifier = nn.LazyLinear(num_classes)

    def forward(self, x):
        x = self.features(x).flatten(1)
        return self.classifier(self.hidden(x).relu())
'''

_MISFIT = '''\
from torch import nn


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, kernel_size=3),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Linear(16 * 16 * 16, num_classes)

    def forward(self, x):
        x = self.features(x)
        print("after the features:", tuple(x.shape))
        return self.classifier(x.flatten(1))
'''

_TOKENS = '''\
from torch import nn


class Tagger(nn.Module):
    """A class for each word of a sentence."""

    def __init__(self, words=10_000, width=64, classes=12):
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.lstm = nn.LSTM(width, width, bidirectional=True, batch_first=True)
        self.classifier = nn.Linear(2 * width, classes)

    def forward(self, tokens):
        states, _ = self.lstm(self.embedding(tokens))
        return self.classifier(states)
'''

_PAIR = '''\
import torch
from torch import nn


class Siamese(nn.Module):
    """Are the two pictures of the same thing? One tower looks at both."""

    def __init__(self):
        super().__init__()
        self.tower = nn.Sequential(
            nn.Conv2d(3, 32, kernel_size=5, stride=2), nn.ReLU(),
            nn.Conv2d(32, 64, kernel_size=3, stride=2), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )
        self.head = nn.Linear(64, 1)

    def forward(self, left, right):
        return self.head((self.tower(left) - self.tower(right)).abs())
'''

_VALUES = '''\
from torch import nn


class Gated(nn.Module):
    """Which way it goes depends on a number, so it has to be really run."""

    def __init__(self):
        super().__init__()
        self.small = nn.Linear(64, 10)
        self.large = nn.Sequential(nn.Linear(64, 512), nn.ReLU(), nn.Linear(512, 10))

    def forward(self, x):
        return self.small(x) if x.mean() < 0.9 else self.large(x)
'''

EXAMPLES: dict[str, Example] = {
    "A layer that nothing uses": Example(
        "The classic mistake: `vgg.fc` is a new name, and `forward` never asks for it. The last "
        "layer that it runs is `classifier.6`.",
        _UNUSED, "3x224x224",
    ),
    "Lazy layers": Example(
        "A lazy layer learns its input size from the first forward. Change the input and see the "
        "layers become others.",
        _LAZY, "3x64x64",
    ),
    "Shapes that don't fit": Example(
        "One number in it is wrong for this input. The message says which layer was given what.",
        _MISFIT, "3x32x32",
    ),
    "Words": Example(
        "Whole numbers go in: `40:int` are 40 of them. An embedding looks up a row for each.",
        _TOKENS, "40:int",
    ),
    "Two inputs": Example(
        "A shape for each argument of `forward`, with a comma between. The tower is called twice "
        "and its parameters count once.",
        _PAIR, "3x96x96, 3x96x96",
    ),
    "A way that depends on values": Example(
        "Without numbers nobody can know which branch it takes, so it is really built and run.",
        _VALUES, "64",
    ),
    "Empty": Example("Your own code.", "", "3x224x224"),
}
