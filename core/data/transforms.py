"""From a stored picture to the model's input: what is fixed, and what is drawn anew each epoch."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchvision.transforms import InterpolationMode, v2

from core.data.batched_augmentation import BatchedAugmentation

# Each augmentation takes the input size in pixels and gives a transform of uint8 [3, S, S].
AUGMENTS: dict[str, Callable[[int], v2.Transform]] = {
    "none": lambda size: v2.Identity(),
    # Characters: they may lean, shift and stretch, but never be mirrored or cut.
    "affine": lambda size: v2.RandomAffine(
        degrees=10, translate=(0.1, 0.1), scale=(0.85, 1.15), shear=10,
        interpolation=InterpolationMode.BILINEAR,
    ),
    # Photographs: torchvision's own training preset, with a crop that keeps half of the object.
    "flip_crop": lambda size: v2.Compose(
        [v2.RandomResizedCrop(size, scale=(0.5, 1.0), antialias=True), v2.RandomHorizontalFlip()]
    ),
    # Müller and Hutter 2021, without a parameter to tune.
    "trivial": lambda size: v2.TrivialAugmentWide(interpolation=InterpolationMode.BILINEAR),
}


class Normalization(nn.Module):
    """As `v2.ToDtype(torch.float32, scale=True)` and `v2.Normalize`, to the bit.

    It keeps its numbers as tensors, which move to a device once and not with each batch.
    """

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 [..., C, H, W] -> float32 of the same shape."""
        return pixels.to(torch.float32).mul_(1 / 255).sub_(self.mean).div_(self.std)

    def extra_repr(self) -> str:
        """Its numbers: the features cache tells transforms apart by their text."""
        return f"mean={self.mean.flatten().tolist()}, std={self.std.flatten().tolist()}"


@dataclass(frozen=True)
class Transforms:
    """The three steps of a picture's way, so that the first can be done once and kept.

    Attributes:
        size: Height and width of the model's input.
        prepare: uint8 [3, H, W] -> uint8 [3, S, S]; the same every time.
        augment: uint8 [3, S, S] -> uint8 [3, S, S]; random, in training only.
        normalize: uint8 [..., 3, S, S] -> float32 of the same shape.
        batched: What augments whole batches, where `augment` does nothing; None elsewhere.
    """

    size: int
    prepare: v2.Transform
    augment: v2.Transform
    normalize: nn.Module
    batched: BatchedAugmentation | None = None

    def train(self, image: Tensor) -> Tensor:
        """A stored picture as the model's input in training."""
        return self.normalize(self.augment(self.prepare(image)))

    def eval(self, image: Tensor) -> Tensor:
        """A stored picture as the model's input in validation, test and prediction."""
        return self.normalize(self.prepare(image))


def build_transforms(
    *,
    size: int,
    resize: str,
    augment: str,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    interpolation: str = "bilinear",
    augment_on: str = "loader",
) -> Transforms:
    """The transforms of a recipe.

    Args:
        size: Height and width of the model's input in pixels.
        resize: "squash" changes the proportions; "crop" resizes the shorter side and cuts the
            middle out.
        augment: A key of `AUGMENTS`.
        mean: Of each channel, in [0, 1].
        std: Of each channel, in [0, 1].
        interpolation: As torchvision names it.
        augment_on: "loader": picture by picture; "batch": whole batches, where they train.
    """
    mode = InterpolationMode(interpolation)
    steps: list[v2.Transform]
    if resize == "squash":
        steps = [v2.Resize((size, size), mode, antialias=True)]
    else:
        steps = [v2.Resize(size, mode, antialias=True), v2.CenterCrop(size)]
    in_batches = augment_on == "batch" and augment != "none"
    return Transforms(
        size=size,
        prepare=v2.Compose(steps),
        augment=AUGMENTS["none" if in_batches else augment](size),
        normalize=Normalization(mean, std),
        batched=BatchedAugmentation(augment) if in_batches else None,
    )
