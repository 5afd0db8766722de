"""Letters as scikit-learn's digits were made: a bitmap of 32×32, counted in blocks of 4×4.

A glyph is drawn once, large. Each time it is used it is bent, leaned, stretched, thickened or
thinned anew, fitted into its box, thresholded and counted: 64 values of 0 to 16.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Generator, Tensor
from torch.nn import functional

GLYPH = 64  # longer side of a drawn glyph in pixels
CANVAS = 96  # side of the square that it is drawn in the middle of, with room for thick pens
BITMAP = 32  # side of the bitmap that is counted
CODE = 8  # side of the coded image
_DRAWN = 160  # font size in pixels
_PEN = (7.0, 16.0)  # stroke widths in pixels of a glyph; the digits' are about two of 8 cells

LOWER, UPPER, DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"

# Capitals that can't be told from their small letter once both fill the same box.
SAME = {capital: capital.lower() for capital in "CKOPSUVWXZ"} | {"I": "l"}
CATEGORIES: tuple[str, ...] = tuple(
    letter for letter in LOWER + UPPER if letter not in SAME
)


def category_of(letter: str) -> int:
    """Index of a letter's class in `CATEGORIES`."""
    return CATEGORIES.index(SAME.get(letter, letter))


def draw_glyphs(font: Path, letters: str) -> Tensor | None:
    """The letters of a font as signed distances, from which any thickness can be drawn.

    Returns:
        float16 [len(letters), 96, 96]: pixels to the outline, positive in the ink, plus a
        constant that makes the stroke's estimated half width; None if a letter is missing.
    """
    face = ImageFont.truetype(str(font), _DRAWN)
    glyphs = []
    for letter in letters:
        canvas = Image.new("L", (4 * _DRAWN, 4 * _DRAWN))
        ImageDraw.Draw(canvas).text((_DRAWN, _DRAWN), letter, fill=255, font=face)
        box = canvas.getbbox()
        if box is None:
            return None
        glyphs.append(_fitted(canvas.crop(box)))
    if len({glyph.tobytes() for glyph in glyphs}) < len(letters) - 12:
        return None  # one box for every missing letter
    return torch.from_numpy(np.stack([_distances(glyph > 127) for glyph in glyphs]))


def _fitted(glyph: Image.Image) -> np.ndarray:
    scale = GLYPH / max(glyph.size)
    size = tuple(max(1, round(side * scale)) for side in glyph.size)
    canvas = Image.new("L", (CANVAS, CANVAS))
    canvas.paste(glyph.resize(size, Image.Resampling.LANCZOS),
                 ((CANVAS - size[0]) // 2, (CANVAS - size[1]) // 2))
    return np.asarray(canvas)


def _distances(ink: np.ndarray) -> np.ndarray:
    """Distance to the middle of the stroke, negated: above -r is the ink of a pen 2 r wide."""
    from scipy.ndimage import distance_transform_edt

    inside, outside = distance_transform_edt(ink), distance_transform_edt(~ink)
    ridge = (inside >= 1) & (inside >= _neighbours(inside))
    half = np.median(inside[ridge]) if ridge.any() else 1.0
    return (inside - outside - half).astype(np.float16)


def _neighbours(field: np.ndarray) -> np.ndarray:
    from scipy.ndimage import maximum_filter

    return maximum_filter(field, size=3)


def code(glyphs: Tensor, generator: Generator) -> Tensor:
    """Draws each glyph anew, as a hand might have, and counts its ink.

    Args:
        glyphs: float16 [B, 96, 96], of `draw_glyphs`.

    Returns:
        uint8 [B, 8, 8]: counts of 0 to 16, times 255 / 16 and rounded.
    """
    radius = _uniform(generator, len(glyphs), *_PEN)[:, None, None, None] / 2
    ink = torch.sigmoid(2 * (_bent(glyphs[:, None].float(), generator) + radius))
    bitmaps = (_boxed(ink, generator) > 0.5).float()
    counts = functional.avg_pool2d(bitmaps, BITMAP // CODE) * (BITMAP // CODE) ** 2
    return (counts[:, 0] * (255 / 16)).round().to(torch.uint8)


def _uniform(generator: Generator, count: int, low: float, high: float) -> Tensor:
    return torch.rand(count, generator=generator) * (high - low) + low


def _bent(images: Tensor, generator: Generator) -> Tensor:
    """Leaned, stretched and elastically bent."""
    count = len(images)
    angle = _uniform(generator, count, -0.26, 0.26)  # radians: 15 degrees
    lean = _uniform(generator, count, -0.35, 0.35)
    wide = torch.exp(_uniform(generator, count, -0.35, 0.3))
    cos, sin = angle.cos(), angle.sin()
    margin = 1.1  # room for what the bending moves outwards
    rows = torch.stack(
        [
            torch.stack([cos * margin * wide, (-sin + lean) * margin, torch.zeros(count)], 1),
            torch.stack([sin * margin * wide, cos * margin, torch.zeros(count)], 1),
        ],
        1,
    )
    grid = functional.affine_grid(rows, list(images.shape), align_corners=False)
    for cells, strength in ((3, 0.16), (5, 0.07)):
        knots = torch.randn(count, 2, cells, cells, generator=generator)
        strengths = _uniform(generator, count, 0.0, strength)[:, None, None, None]
        field = functional.interpolate(
            knots * strengths, size=images.shape[-2:], mode="bicubic", align_corners=True
        )
        grid = grid + field.permute(0, 2, 3, 1)
    return functional.grid_sample(
        images, grid, align_corners=False, padding_mode="border"
    )


def _boxed(images: Tensor, generator: Generator) -> Tensor:
    """Cut out along the ink's box, the longer side filling the bitmap, a pixel or two off."""
    ink = images[:, 0] > 0.5
    some = ink.flatten(1).any(1)
    ink[~some] = True  # nothing left of it: keep the whole square
    top, bottom = _edges(ink.any(2))
    left, right = _edges(ink.any(1))
    side = images.shape[-1]
    half = torch.maximum(bottom - top, right - left) / side
    half = half * torch.exp(_uniform(generator, len(images), -0.05, 0.08))
    jitter = [_uniform(generator, len(images), -0.06, 0.06) * half for _ in range(2)]
    rows = torch.zeros(len(images), 2, 3)
    rows[:, 0, 0] = rows[:, 1, 1] = half
    rows[:, 0, 2] = (left + right) / side - 1 + jitter[0]
    rows[:, 1, 2] = (top + bottom) / side - 1 + jitter[1]
    # Not square: the digits' boxes were stretched a little, too.
    rows[:, 0, 0] *= torch.exp(_uniform(generator, len(images), -0.2, 0.1))
    grid = functional.affine_grid(rows, [len(images), 1, BITMAP, BITMAP], align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def _edges(used: Tensor) -> tuple[Tensor, Tensor]:
    """First and one-past-last used place of each row, [B] float."""
    places = used.int()
    first = places.argmax(1)
    last = places.shape[1] - places.flip(1).argmax(1)
    return first.float(), last.float()


def draw_fonts(fonts: Sequence[Path], letters: str) -> tuple[Tensor, Tensor]:
    """All glyphs of all fonts that have all letters.

    Returns:
        float16 [F, len(letters), 96, 96] and the places of the fonts that were used, int64 [F].
    """
    drawn = [(place, draw_glyphs(font, letters)) for place, font in enumerate(fonts)]
    kept = [(place, glyphs) for place, glyphs in drawn if glyphs is not None]
    return torch.stack([glyphs for _, glyphs in kept]), torch.tensor([place for place, _ in kept])
