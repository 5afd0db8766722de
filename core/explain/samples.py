"""Pictures to look at that need no network; no torch is imported here."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.messages import ThawError

_BITMAP, _CODE = 32, 8  # scikit-learn's digits: bitmaps of 32×32, their ink counted in 8×8 blocks
_FONT = 160  # size in pixels of a letter as it is drawn
_SIDE = 448  # of the pictures that are computed


@dataclass(frozen=True)
class Sample:
    """One picture.

    Attributes:
        name: In `SAMPLES`.
        title: What a person chooses by.
        about: What it is, in a sentence.
        make: Gives the picture, RGB; takes the character for `"character"`, nothing else.
    """

    name: str
    title: str
    about: str
    make: Callable[..., Image.Image]


def read_sample(name: str, character: str = "") -> Image.Image:
    """The picture of that name, RGB.

    Args:
        character: For `"character"`: a letter of the English alphabet, or a digit.

    Raises:
        ThawError: If there is no such picture, or the character is none of these.
    """
    for sample in SAMPLES:
        if sample.name == name:
            return sample.make(character) if name == "character" else sample.make()
    known = ", ".join(sample.name for sample in SAMPLES)
    raise ThawError("explain.no_sample", name=name, known=known)


def _photograph(file: str) -> Image.Image:
    from sklearn.datasets import load_sample_image

    return Image.fromarray(load_sample_image(file))


def _character(character: str) -> Image.Image:
    """8×8: a drawn letter, or scikit-learn's first handwritten digit of that kind."""
    if len(character) != 1 or not (character.isascii() and character.isalnum()):
        raise ThawError("explain.no_character", given=character[:20])
    if character.isdigit():
        from sklearn.datasets import load_digits

        digits = load_digits()
        counts = digits.images[list(digits.target).index(int(character))]
    else:
        counts = _drawn(character).reshape(_CODE, _BITMAP // _CODE, _CODE, -1).sum((1, 3))
    return Image.fromarray(np.rint(counts * (255 / 16)).astype(np.uint8)).convert("RGB")


def _drawn(letter: str) -> np.ndarray:
    """The letter filling its bitmap, bool [32, 32], as the bundled weights' letters do."""
    canvas = Image.new("L", (3 * _FONT, 3 * _FONT))
    face = ImageFont.load_default(_FONT)
    ImageDraw.Draw(canvas).text((_FONT, _FONT), letter, fill=255, font=face)
    glyph = canvas.crop(canvas.getbbox())
    scale = _BITMAP / max(glyph.size)
    size = [max(1, round(side * scale)) for side in glyph.size]
    bitmap = Image.new("L", (_BITMAP, _BITMAP))
    bitmap.paste(glyph.resize(size, Image.Resampling.LANCZOS),
                 ((_BITMAP - size[0]) // 2, (_BITMAP - size[1]) // 2))
    return np.asarray(bitmap) > 127


def _rings() -> Image.Image:
    """Rings that grow finer outwards: every direction, and many widths of lines, in one picture."""
    y, x = np.mgrid[-1 : 1 : _SIDE * 1j, -1 : 1 : _SIDE * 1j]
    wave = np.cos(_SIDE / 8 * np.pi * (x * x + y * y))
    return _grey((wave + 1) / 2)


def _noise() -> Image.Image:
    values = np.random.default_rng(0).random((_SIDE, _SIDE, 3))
    return Image.fromarray((values * 255).astype(np.uint8))


def _black() -> Image.Image:
    return Image.new("RGB", (_SIDE, _SIDE))


def _grey(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.rint(values * 255).astype(np.uint8)).convert("RGB")


SAMPLES: tuple[Sample, ...] = (
    Sample("china", "A palace", "A photograph that comes with scikit-learn.",
           lambda: _photograph("china.jpg")),
    Sample("flower", "A flower", "A photograph that comes with scikit-learn.",
           lambda: _photograph("flower.jpg")),
    Sample("character", "A letter or digit", "A letter that is drawn, or one of scikit-learn's "
           "handwritten digits; 8×8 pixels, light on dark.", _character),
    Sample("rings", "Rings", "Every direction, and lines from wide to fine.", _rings),
    Sample("noise", "Noise", "Every pixel by itself at random.", _noise),
    Sample("black", "Black", "Nothing: what shows is padding and biases.", _black),
)
