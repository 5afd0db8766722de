"""Own pictures of digits: what must not matter to their coding, and that it is the data set's."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from core.data import load
from core.evaluation.own_digits import as_digit
from core.evaluation.predict import predict
from core.runs.folder import Run

DIGITS = "0123456789"


def drawn(digit: str, height: int = 150, at: tuple[int, int] = (120, 120)) -> Image.Image:
    """Black on white, 240×240, its middle `at` a place."""
    picture = Image.new("L", (240, 240), 255)
    face = ImageFont.load_default(height)
    ImageDraw.Draw(picture).text(at, digit, fill=0, font=face, anchor="mm")
    return picture


def coded(picture: Image.Image) -> np.ndarray:
    """What `as_digit` gives as counts of 0 to 16, [8, 8]."""
    return np.asarray(as_digit(picture.convert("RGB")).convert("L")) * (16 / 255)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference in counts of 0 to 16."""
    return float(np.abs(one - other).mean())


@pytest.mark.parametrize("digit", DIGITS)
def test_polarity_place_and_size_do_not_matter(digit: str) -> None:
    usual = coded(drawn(digit))
    assert apart(coded(ImageOps.invert(drawn(digit))), usual) < 0.2  # but for rounding
    assert apart(coded(drawn(digit, at=(80, 165))), usual) < 0.5
    assert apart(coded(drawn(digit, height=70, at=(200, 40))), usual) < 1.5
    # Not two digits are that near.
    others = [coded(drawn(other)) for other in DIGITS if other != digit]
    assert min(apart(other, usual) for other in others) > 1.5


@pytest.mark.parametrize("digit", DIGITS)
def test_neither_specks_nor_uneven_light_nor_jpeg_matter(digit: str) -> None:
    usual, random = coded(drawn(digit)), np.random.default_rng(0)
    specked = drawn(digit)
    for x, y in random.integers(3, 237, (20, 2)).tolist():
        ImageDraw.Draw(specked).ellipse([x - 1, y - 1, x + 1, y + 1], fill=50)
    assert apart(coded(specked), usual) < 1.5

    light = np.linspace(110, 220, 240)  # grey paper, darker on the left than ink on the right
    photo = np.asarray(drawn(digit)) / 255 * 0.6 + 0.4
    photo = (photo * light + random.normal(0, 6, photo.shape)).clip(0, 255)
    buffer = io.BytesIO()
    Image.fromarray(np.uint8(photo)).save(buffer, "JPEG", quality=40)
    assert apart(coded(Image.open(buffer)), usual) < 1.5


def test_ink_and_box_are_the_digits() -> None:
    for digit in DIGITS:
        counts = coded(drawn(digit))
        assert 0.25 < counts.mean() / 16 < 0.4
        assert counts[0].any() and counts[-1].any()  # as high as the bitmap
        assert not counts[:, 0].any() and not counts[:, -1].any()


@pytest.mark.parametrize("grey", (0, 128, 255))
def test_a_blank_picture_is_black(grey: int) -> None:
    for size in ((1, 1), (8, 8), (300, 20)):
        assert not np.any(as_digit(Image.new("RGB", size, (grey,) * 3)))


def test_any_picture_gives_8_by_8() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (40, 300, 3), dtype=np.uint8)
    line = drawn(" ")
    ImageDraw.Draw(line).line([(10, 120), (230, 120)], fill=0, width=1)
    for picture in (Image.fromarray(noise), Image.fromarray(noise[:8, :8]), line):
        found = as_digit(picture.convert("RGB"))
        assert (found.size, found.mode) == ((8, 8), "RGB")


@pytest.mark.parametrize(
    ("resample", "bound"),
    # Thresholding loses the greys of hard-edged squares more than those of a smooth picture.
    ((Image.Resampling.NEAREST, 3), (Image.Resampling.BICUBIC, 2)),
)
def test_real_digits_enlarged_come_back_close_to_themselves(resample: int, bound: float) -> None:
    data = load.load_images("digits")
    distances = []
    for index in range(0, 300, 5):
        real = data.image(index)[0].numpy()
        picture = Image.fromarray(real).resize((160, 160), resample)
        distances.append(apart(coded(picture), real * (16 / 255)))
    assert np.mean(distances) < bound


def test_the_switch_does_not_matter_to_a_run_on_digits(trained_run: Run) -> None:
    buffers = []
    for digit in DIGITS:
        drawn(digit).save(buffer := io.BytesIO(), "PNG")
        buffers.append(buffer.getvalue())
    told = [
        [one.classes[0] for one in predict(trained_run, buffers, invert=invert)]
        for invert in (False, True)
    ]
    assert told[0] == told[1]
