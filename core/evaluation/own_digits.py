"""Own pictures of a digit, coded as scikit-learn's digits were: 32×32 bitmaps, counted in blocks.

Those fill the bitmap's height, are mostly six of its eight blocks wide, and their ink covers 16
to 23 of the 64 blocks (5th to 95th percentile), whatever the digit: the pen is changed to that.

`python -m bench.own_digits RUN FONT…`: reads 89.8 % of 2000 pictures of printed digits, 64.0 %
with the box alone (one run; 20 fonts that nothing here was chosen with).
"""

import numpy as np
from PIL import Image, ImageFilter

_WORK = 256  # longer side in pixels of what is looked at
_BITMAP, _CODE = 32, 8
_FINE = 4 * _BITMAP  # side at which the pen is changed
_INK = 0.325  # share of ink in the bitmap; the middle half of the digits has 0.28 to 0.33
_WIDE = (0.7, 0.8)  # width to height, as most of the digits' boxes
_SLIM = 0.35  # what is slimmer is a 1 and stays so
_SPECK = 0.06  # blots of less ink than this share of the largest one are dirt


def as_digit(picture: Image.Image) -> Image.Image:
    """A light digit on a dark ground, RGB 8×8: counts of 0 to 16, scaled to 255.

    Dark on light and light on dark give the same, for the border tells the paper. A blank
    picture stays black.
    """
    ink = _without_specks(_ink(picture))
    if not ink.any():
        return Image.new("RGB", (_CODE, _CODE))
    counts = _penned(ink).reshape(_CODE, _BITMAP // _CODE, _CODE, -1).sum((1, 3))
    return Image.fromarray(np.rint(counts * (255 / 16)).astype(np.uint8)).convert("RGB")


def _ink(picture: Image.Image) -> np.ndarray:
    """Where the picture is inked, bool [H, W]: what Otsu's threshold parts from the paper."""
    scale = _WORK / max(picture.size)
    size = [max(1, round(side * scale)) for side in picture.size]
    grey = picture.convert("L").resize(size, Image.Resampling.BICUBIC)
    levels = np.asarray(grey.filter(ImageFilter.GaussianBlur(1)), float)
    contrast = levels - _paper(levels)
    if (contrast**3).sum() < 0:  # the rare, far levels are the ink's
        contrast = -contrast
    return contrast > max(_otsu(contrast.clip(0)), 10)


def _paper(levels: np.ndarray) -> np.ndarray:
    """The grey of the paper everywhere: a smooth surface through what is near the border's."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in levels.shape), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], -1)
    border = np.ones(levels.shape, bool)
    border[3:-3, 3:-3] = False
    paper = np.full(levels.shape, np.median(levels[border]))
    for _ in range(8):
        far = np.abs(levels - paper)
        kept = far <= max(3, 2.5 * np.median(far[border]))
        paper = terms @ np.linalg.lstsq(terms[kept], levels[kept], rcond=None)[0]
    return paper


def _otsu(levels: np.ndarray) -> float:
    """The threshold between two groups of levels that parts them best (Otsu 1979).

    N. Otsu, "A threshold selection method from gray-level histograms", IEEE Transactions on
    Systems, Man, and Cybernetics 9 (1979), 62-66.
    """
    counts, edges = np.histogram(levels, 256)
    middles = (edges[:-1] + edges[1:]) / 2
    below, sums = counts.cumsum(), (counts * middles).cumsum()
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(edges[1 + np.nan_to_num(between).argmax()])


def _without_specks(ink: np.ndarray) -> np.ndarray:
    """The blots that make the digit: the largest, and others that are not small beside it."""
    from scipy.ndimage import label

    blots, _ = label(ink, np.ones((3, 3)))  # corners touch
    sizes = np.bincount(blots.ravel())
    sizes[0] = 0  # the paper
    return (sizes >= _SPECK * sizes.max())[blots] & ink


def _penned(ink: np.ndarray) -> np.ndarray:
    """The digit in its bitmap, bool [32, 32], drawn with the pen that covers the usual share."""
    box = Image.fromarray(ink).getbbox()
    digit = Image.fromarray(np.uint8(ink) * 255).crop(box)
    scale = _FINE / max(digit.size)
    digit = digit.resize([max(1, round(side * scale)) for side in digit.size])
    canvas = Image.new("L", (2 * _FINE, 2 * _FINE))
    canvas.paste(digit, (_FINE // 2, _FINE // 2))
    best = _fitted(canvas)
    pen = ImageFilter.MaxFilter(3) if best.mean() < _INK else ImageFilter.MinFilter(3)
    while (canvas := canvas.filter(pen)).getbbox():  # a pixel more, or less, on each side
        bitmap = _fitted(canvas)
        if abs(bitmap.mean() - _INK) >= abs(best.mean() - _INK):
            break
        best = bitmap
    return best


def _fitted(canvas: Image.Image) -> np.ndarray:
    """What is drawn, as high as the bitmap and in its middle, bool [32, 32]."""
    digit = canvas.crop(canvas.getbbox())
    slimness = digit.width / digit.height
    if slimness > _SLIM:
        slimness = min(max(slimness, _WIDE[0]), _WIDE[1])
    wide = max(1, round(_BITMAP * slimness))
    bitmap = Image.new("L", (_BITMAP, _BITMAP))
    bitmap.paste(digit.resize((wide, _BITMAP)), ((_BITMAP - wide) // 2, 0))
    return np.asarray(bitmap) > 127
