"""Models whose right maps are known by construction, and what they look at."""

import torch
from torch import Tensor, nn

SIDE = 8


def known(*, outputs: int = 2) -> nn.Sequential:
    """Class 0 likes the first channel's mean, class 1 dislikes it.

    Args:
        outputs: With one alone, the first channel's mean speaks for the second of two classes.
    """
    conv, head = nn.Conv2d(3, 2, 1, bias=False), nn.Linear(2, outputs, bias=False)
    with torch.no_grad():
        conv.weight.zero_()
        conv.weight[0, 0] = conv.weight[1, 1] = 1
        head.weight.copy_(torch.tensor([[1.0, 0.0], [-1.0, 0.0]])[:outputs])
    model = nn.Sequential(conv, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)
    return model.eval().requires_grad_(False)


class KnownTokens(nn.Module):
    """Four by four patches and a class token, which reads their mean once and is all that counts.

    Behind `mix`, the patches are not asked any more. Class 0 likes the first number of a patch.
    """

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 2, 2, stride=2, bias=False)
        self.norm, self.mix, self.head = Scaled(), Mean(), nn.Linear(2, 2, bias=False)
        with torch.no_grad():
            self.patches.weight.zero_()
            self.patches.weight[0, 0] = self.patches.weight[1, 1] = 0.25
            self.head.weight.copy_(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))
        self.eval().requires_grad_(False)

    def forward(self, picture: Tensor) -> Tensor:
        patches = self.patches(picture).flatten(2).transpose(1, 2)
        tokens = torch.cat([torch.zeros_like(patches[:, :1]), patches], 1)
        return self.head(self.mix(self.norm(tokens))[:, 0])


class Scaled(nn.Module):
    """What a LayerNorm's weight does: a parameter, so that the layer can be the first one asked."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens * self.weight


class Mean(nn.Module):
    """An attention that looks everywhere alike."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, tokens: Tensor) -> Tensor:
        read = tokens[:, 1:].mean(1, keepdim=True) * self.weight
        return torch.cat([read, tokens[:, 1:]], 1)


class Branches(nn.Module):
    """Two branches side by side, joined as in an Inception block: only the first counts."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(3, 1, 1, bias=False), nn.Conv2d(3, 1, 1, bias=False)
        self.head = nn.Linear(2, 1, bias=False)
        with torch.no_grad():
            for conv, channel in ((self.left, 0), (self.right, 1)):
                conv.weight.zero_()
                conv.weight[0, channel] = 1
            self.head.weight.copy_(torch.tensor([[1.0, 0.0]]))
        self.eval().requires_grad_(False)

    def forward(self, picture: Tensor) -> Tensor:
        joined = torch.cat([self.left(picture), self.right(picture)], 1)
        return self.head(joined.mean((2, 3)))


def square() -> Tensor:
    """Red at one square, green at another, which no class looks at."""
    picture = torch.zeros(1, 3, SIDE, SIDE)
    picture[0, 0, 2:4, 4:6] = 1
    picture[0, 1, 6:8, 0:2] = 1
    return picture
