"""Augmentation in batches: its numbers, their distributions, and pictures as torchvision's."""

import math

import numpy as np
import pytest
import torch
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2 import functional

from core.data.batched_augmentation import (
    PLACEMENTS,
    BatchedAugmentation,
    Placement,
    affine,
    flip_crop,
    moved_pixels,
    uniform,
)
from core.data.transforms import AUGMENTS

SIZE = 32


def splitmix64(state: int) -> int:
    """The first output of the published generator, in plain integers."""
    wrap = 2**64 - 1
    state = (state + 0x9E3779B97F4A7C15) & wrap
    mixed = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & wrap
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & wrap
    return mixed ^ mixed >> 31


def pictures(count: int, size: int = SIZE) -> torch.Tensor:
    """Smooth ones and noise."""
    torch.manual_seed(0)
    noise = torch.randint(0, 256, (count, 3, size, size), dtype=torch.uint8)
    noise[::2] = v2.GaussianBlur(5, 2.0)(noise[::2])
    return noise


def test_the_numbers_are_those_of_splitmix64():
    assert splitmix64(1234567) == 6457827717110365317  # as published with the generator
    key, wrap = 2**63 - 5, 2**64 - 1
    for index in (0, 1, 1796, 10**6):
        start = splitmix64((key + index * 0x9E3779B97F4A7C15) & wrap)
        for n in range(4):
            expected = splitmix64((start + n * 0x9E3779B97F4A7C15) & wrap) >> 11
            assert uniform(key, np.array([7, index]), 4)[1, n] == expected * 2.0**-53


def test_the_numbers_are_even_and_know_nothing_of_each_other():
    drawn = uniform(99, np.arange(20_000), 6)
    assert drawn.min() >= 0 and drawn.max() < 1
    for column in drawn.T:
        counts = np.histogram(column, bins=20, range=(0, 1))[0]
        assert ((counts - 1000) ** 2 / 1000).sum() < 45  # chi² of 19 degrees: 0.9993
    next_index, next_key = np.roll(drawn[:, 0], 1), uniform(100, np.arange(20_000), 1).T
    between = np.corrcoef(np.vstack([drawn.T, next_index, next_key]))
    assert np.abs(between - np.eye(len(between))).max() < 0.03  # four standard deviations


@pytest.mark.parametrize("name", PLACEMENTS)
def test_the_distributions_are_torchvisions(name):
    """Every entry of the matrices, against those of the transform's own draws."""
    numbers, place = PLACEMENTS[name]
    ours = place(uniform(3, np.arange(6000), numbers), SIZE)
    torch.manual_seed(1)
    made, picture = AUGMENTS[name](SIZE), torch.zeros(3, SIZE, SIZE, dtype=torch.uint8)
    theirs = np.stack([_matrix_of(made, picture) for _ in range(2000)])
    entries = ours.matrix.reshape(-1, 6), theirs.reshape(-1, 6)
    for place, (mine, other) in enumerate(zip(entries[0].T, entries[1].T, strict=True)):
        assert _largest_gap(mine, other) < 0.055  # Kolmogorov and Smirnov: 0.9997
        apart = 0.6 if place in (2, 5) else 0.05  # pixels, in steps of a half; or factors
        assert abs(mine.min() - other.min()) < apart and abs(mine.max() - other.max()) < apart


def _largest_gap(mine: np.ndarray, other: np.ndarray) -> float:
    every = np.sort(np.concatenate([mine, other]).round(6))
    shares = (
        np.searchsorted(np.sort(one.round(6)), every, side="right") / len(one)
        for one in (mine, other)
    )
    return float(np.abs(np.subtract(*shares)).max())


def _matrix_of(made: v2.Transform, picture: torch.Tensor) -> np.ndarray:
    if isinstance(made, v2.RandomAffine):
        drawn = made.make_params([picture])
        found = functional._geometry._get_inverse_affine_matrix(
            [0.0, 0.0], drawn["angle"], list(drawn["translate"]), drawn["scale"],
            list(drawn["shear"]),
        )
        return np.array(found).reshape(2, 3)
    crop, flip = made.transforms
    drawn = crop.make_params([picture])
    mirrored = -1 if torch.rand(1) < flip.p else 1
    x = drawn["left"] + (drawn["width"] - SIZE) / 2
    y = drawn["top"] + (drawn["height"] - SIZE) / 2
    return np.array([[mirrored * drawn["width"] / SIZE, 0, x], [0, drawn["height"] / SIZE, y]])


def _close(ours: torch.Tensor, theirs: torch.Tensor) -> bool:
    """Equal but for rounding: no value further than one of 256 levels, few at all."""
    gap = (ours.int() - theirs.int()).abs()
    return gap.max() <= 1 and (gap > 0).float().mean() < 0.02


@pytest.mark.parametrize("size", [31, 32, 64])
def test_affine_moves_pictures_as_torchvision_does(size):
    given, drawn = pictures(24, size), uniform(8, np.arange(24), 5)
    ours = moved_pixels(given, affine(drawn, size))
    for picture, made, row in zip(given, ours, drawn, strict=True):
        shift = [round((2 * float(u) - 1) * 0.1 * size) for u in row[1:3]]
        theirs = functional.affine(
            picture, angle=(2 * row[0] - 1) * 10, translate=shift, scale=0.85 + 0.3 * row[3],
            shear=[(2 * row[4] - 1) * 10, 0.0], interpolation=InterpolationMode.BILINEAR,
            fill=[0.0],
        )
        assert _close(made, theirs)


@pytest.mark.parametrize("size", [31, 32, 64])
def test_flip_crop_cuts_pictures_as_torchvision_does(size):
    given, drawn = pictures(24, size), uniform(8, np.arange(24), 23)
    placement = flip_crop(drawn, size)
    ours = moved_pixels(given, placement)
    for picture, made, matrix in zip(given, ours, placement.matrix, strict=True):
        width, height = (round(float(abs(matrix[i, i])) * size) for i in (0, 1))
        left, top = (
            round(float(matrix[i, 2]) - (side - size) / 2) for i, side in ((0, width), (1, height))
        )
        assert 0 <= left <= size - width and 0 <= top <= size - height
        assert 0.45 < width * height / size**2 <= 1 and 0.7 < width / height < 1.43
        # As floats: torchvision's bytes are rounded twice, after the rows and after the columns.
        theirs = functional.resized_crop(picture.float(), top, left, height, width, [size, size])
        theirs = theirs.round().to(torch.uint8)
        assert _close(made, functional.hflip(theirs) if matrix[0, 0] < 0 else theirs)


@pytest.mark.parametrize("size", [31, 32])
def test_known_cases(size):
    given = pictures(3, size)

    def moved(*rows: list[float]) -> torch.Tensor:
        return moved_pixels(given, Placement(np.array([rows] * 3, dtype=np.float32)))

    assert torch.equal(moved([1, 0, 0], [0, 1, 0]), given)
    assert torch.equal(moved([-1, 0, 0], [0, 1, 0]), functional.hflip(given))
    shifted = functional.affine(given, angle=0.0, translate=[3, -5], scale=1.0, shear=[0.0, 0.0])
    assert torch.equal(moved([1, 0, -3], [0, 1, 5]), shifted)
    turned = moved([math.cos(math.pi / 2), 1, 0], [-1, 0, 0])
    assert torch.equal(turned, torch.rot90(given, -1, (2, 3))) or torch.equal(
        turned, torch.rot90(given, 1, (2, 3))
    )
    assert (moved([1, 0, 10 * size], [0, 1, 0]) == 0).all()


def test_where_no_cut_fits_the_whole_picture_stays():
    drawn = np.full((1, 23), 1 - 2.0**-53)  # all of the area, at 4:3, ten times
    drawn[0, -1] = 0.9  # not mirrored
    given = pictures(1)
    assert torch.equal(moved_pixels(given, flip_crop(drawn, SIZE)), given)


@pytest.mark.parametrize("name", PLACEMENTS)
def test_each_picture_of_a_batch_moves_its_own_way(name):
    same = pictures(1).expand(12, -1, -1, -1)
    made = BatchedAugmentation(name)(same, np.arange(12), seed=1, epoch=2)
    assert made.dtype == torch.uint8
    assert len({picture.numpy().tobytes() for picture in made}) == 12
    again = BatchedAugmentation(name)(same, np.arange(12), seed=1, epoch=2)
    other = BatchedAugmentation(name)(same, np.arange(12), seed=1, epoch=3)
    assert torch.equal(made, again) and not torch.equal(made, other)
