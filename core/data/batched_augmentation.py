"""Augmentation of whole batches at once, on the device that trains.

torchvision's transforms take batches too, but draw one set of numbers for all of a batch: every
picture would lean the same way. Here each picture has its own numbers, which come from the seed,
the epoch and its index alone. So they are the same in any batch, after any resume and on any
device, and each picture of a batch goes through its own matrix in one call of `grid_sample`.

The distributions are those of the transforms in `core.data.transforms.AUGMENTS`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from core.seeds import seed_for

_STEP = np.uint64(0x9E3779B97F4A7C15)
_DEGREES, _SHIFT, _SCALE, _SHEAR = 10.0, 0.1, (0.85, 1.15), 10.0
_AREA, _RATIO, _TRIES = (0.5, 1.0), (3 / 4, 4 / 3), 10


@dataclass(frozen=True)
class Placement:
    """From each pixel of the output to a place in the picture, in pixels from the middle.

    Attributes:
        matrix: float32 [B, 2, 3]: the place is `matrix @ (x, y, 1)`.
        window: float32 [B, 2, 2], least and greatest place in x and in y: what lies outside
            shows its nearest pixel within. None: what lies outside the picture is black.
    """

    matrix: np.ndarray
    window: np.ndarray | None = None


@dataclass(frozen=True)
class BatchedAugmentation:
    """An augmentation of `PLACEMENTS`, for whole batches."""

    name: str

    def __call__(self, pixels: Tensor, indices: np.ndarray, *, seed: int, epoch: int) -> Tensor:
        """The batch augmented: uint8 [B, 3, S, S], on the device that it came on.

        Args:
            indices: [B]: of each picture in its data set.
            epoch: Whose augmentation is shown.
        """
        numbers, place = PLACEMENTS[self.name]
        drawn = uniform(seed_for("augment", seed, epoch), indices, numbers)
        return moved_pixels(pixels, place(drawn, pixels.shape[-1]))


def uniform(key: int, indices: np.ndarray, numbers: int) -> np.ndarray:
    """Random numbers in [0, 1) for each index, the same whatever the others are: [B, numbers].

    SplitMix64 (Steele, Lea and Flood 2014). The n-th number of a stream is computed from where
    the stream starts and n alone, so all numbers of a batch come in one stroke.
    """
    index = np.asarray(indices).astype(np.uint64)[:, None]
    start = _mixed(np.uint64(key) + (index + np.uint64(1)) * _STEP)
    counter = np.arange(1, numbers + 1, dtype=np.uint64)
    return (_mixed(start + counter * _STEP) >> np.uint64(11)) * 2.0**-53


def _mixed(values: np.ndarray) -> np.ndarray:
    """SplitMix64's output function; products wrap around at 2**64, as they should."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def affine(drawn: np.ndarray, size: int) -> Placement:
    """Leans, shifts, stretches and shears, as `v2.RandomAffine` draws it.

    Args:
        drawn: [B, 5] in [0, 1).
    """
    angle = np.radians((2 * drawn[:, 0] - 1) * _DEGREES)
    shift = np.round((2 * drawn[:, 1:3] - 1) * _SHIFT * size)  # whole pixels
    scale = _SCALE[0] + drawn[:, 3] * (_SCALE[1] - _SCALE[0])
    shear = np.tan(np.radians((2 * drawn[:, 4] - 1) * _SHEAR))
    cos, sin = np.cos(angle), np.sin(angle)
    # A picture is sheared, scaled, turned, and then shifted: from the output it goes back.
    back = np.stack([
        np.stack([cos - sin * shear, cos * shear + sin], 1), np.stack([-sin, cos], 1)
    ], 1) / scale[:, None, None]
    offset = -np.einsum("bij,bj->bi", back, shift)
    return Placement(np.concatenate([back, offset[:, :, None]], 2).astype(np.float32))


def flip_crop(drawn: np.ndarray, size: int) -> Placement:
    """Cuts a part out, brings it to full size and mirrors each second, as torchvision's preset.

    Args:
        drawn: [B, 23] in [0, 1).
    """
    tries = drawn[:, : 2 * _TRIES].reshape(-1, _TRIES, 2)
    area = size**2 * (_AREA[0] + tries[..., 0] * (_AREA[1] - _AREA[0]))
    low, high = map(math.log, _RATIO)
    ratio = np.exp(low + tries[..., 1] * (high - low))
    sides = np.round(np.stack([np.sqrt(area * ratio), np.sqrt(area / ratio)], 2))  # x, y
    fits = (sides <= size).all(2)
    rows = np.arange(len(drawn))
    # The first try that fits; where none does, the whole picture.
    sides = np.where(fits.any(1)[:, None], sides[rows, fits.argmax(1)], size)
    start = np.floor(drawn[:, -3:-1] * (size - sides + 1))
    mirrored = np.where(drawn[:, -1] < 0.5, -1.0, 1.0)

    matrix = np.zeros((len(drawn), 2, 3), dtype=np.float32)
    matrix[:, 0, 0], matrix[:, 1, 1] = mirrored * sides[:, 0] / size, sides[:, 1] / size
    matrix[:, :, 2] = start + (sides - size) / 2
    first = start + (1 - size) / 2  # the middle of the first pixel
    return Placement(matrix, np.stack([first, first + sides - 1], 2).astype(np.float32))


# How many random numbers a picture needs, and what is made of them. The middle of a picture of
# odd or even size is 0.
PLACEMENTS: dict[str, tuple[int, Callable[[np.ndarray, int], Placement]]] = {
    "affine": (5, affine),
    "flip_crop": (2 * _TRIES + 3, flip_crop),
}


def moved_pixels(pixels: Tensor, placement: Placement) -> Tensor:
    """The pictures with each pixel from where its placement says, between pixels bilinear.

    Args:
        pixels: uint8 [B, C, S, S].
    """
    size, device = pixels.shape[-1], pixels.device
    # On MPS such a copy may read memory that was freed meanwhile.
    matrix = torch.from_numpy(placement.matrix).to(device, non_blocking=pixels.is_cuda)
    line = torch.linspace((1 - size) / 2, (size - 1) / 2, size, device=device)
    x, y = line.view(1, 1, size, 1), line.view(1, size, 1, 1)
    # Written out: a matrix product may round in another way in a batch of another size.
    places = x * matrix[:, None, None, :, 0] + y * matrix[:, None, None, :, 1]
    places += matrix[:, None, None, :, 2]  # [B, S, S, 2]
    if placement.window is not None:
        window = torch.from_numpy(placement.window).to(device, non_blocking=pixels.is_cuda)
        window = window[:, None, None]
        places = torch.maximum(torch.minimum(places, window[..., 1]), window[..., 0])
    made = functional.grid_sample(
        pixels.float(), places / (size / 2), mode="bilinear", padding_mode="zeros",
        align_corners=False,
    )
    if placement.window is None:
        # As torchvision fills: its black is mixed in once more where a pixel is partly outside.
        inside = ((size + 1) / 2 - places.abs_()).clamp_(0, 1)
        made *= (inside[..., 0] * inside[..., 1])[:, None]
    return made.round_().to(torch.uint8)
