"""How many pictures of digits a run on scikit-learn's digits reads: plain coding against ours.

python -m bench.own_digits RUN FONT.ttf …

Each font's ten digits are drawn under each condition, and both codings are asked. The plain one
is the ink's box, scaled down to 8×8; it is told whether the picture is dark on light.

The constants were chosen with 15 other fonts. Then, once, with a run of the ready recipe
letters-to-digits and Because We Connect / Learn / Mentor, Breip, Junkyard, Tomson Talks, Steve
Hand, Seto, Humor Sans, Delphine, El Abogado Loco, Klee One, Comic Neue, DejaVu Sans / Serif, Open
Sans, Roboto, Play, Isabella, Domestic Manners: plain 64.0 %, ours 89.8 % of 2000 pictures.
"""

import argparse
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from core.evaluation.model_of import LoadedModel, load_run_model
from core.evaluation.own_digits import as_digit
from core.evaluation.predict import predict_pixels
from core.runs.folder import Run

Random = np.random.Generator
SIDE = 240  # pixels of a picture
_LARGE = 180  # longer side of a digit with small margins


def drawn(font: Path, digit: str) -> Image.Image:
    """A digit's ink, white on black, cut out and scaled to its usual size."""
    canvas = Image.new("L", (900, 900))
    face = ImageFont.truetype(str(font), 300)
    ImageDraw.Draw(canvas).text((300, 300), digit, fill=255, font=face)
    ink = canvas.crop(canvas.getbbox())
    scale = _LARGE / max(ink.size)
    return ink.resize([max(1, round(side * scale)) for side in ink.size], Image.Resampling.LANCZOS)


def placed(ink: Image.Image, size: int, centre: tuple[float, float]) -> Image.Image:
    """The ink on a black square, `size` pixels long; `centre` 0 to 1: from edge to edge."""
    scale = size / max(ink.size)
    small = ink.resize([max(1, round(side * scale)) for side in ink.size], Image.Resampling.LANCZOS)
    canvas = Image.new("L", (SIDE, SIDE))
    left, top = (
        round(share * (SIDE - side)) for share, side in zip(centre, small.size, strict=True)
    )
    canvas.paste(small, (left, top))
    return canvas


def _large(ink: Image.Image) -> Image.Image:
    return placed(ink, _LARGE, (0.5, 0.5))


def _turned(ink: Image.Image, random: Random, degrees: float) -> Image.Image:
    return _large(ink).rotate(random.choice([-1, 1]) * degrees, Image.Resampling.BICUBIC)


def _far(ink: Image.Image, random: Random) -> Image.Image:
    return placed(ink, 70, tuple(random.uniform(0.05, 0.95, 2)))


def _photographed(ink: Image.Image, random: Random, noise: float = 7) -> Image.Image:
    """Dark ink on grey paper, lit from one side, with a camera's noise."""
    across, down = np.meshgrid(*[np.linspace(-1, 1, SIDE)] * 2)
    angle = random.uniform(0, 2 * np.pi)
    light = 150 + 45 * (across * np.cos(angle) + down * np.sin(angle))
    share = np.asarray(ink.filter(ImageFilter.GaussianBlur(1.2)), float) / 255
    grey = light * (1 - 0.65 * share) + random.normal(0, noise, share.shape)
    return Image.fromarray(np.uint8(grey.clip(0, 255)))


def _specked(ink: Image.Image, random: Random) -> Image.Image:
    pen = ImageDraw.Draw(canvas := ImageOps.invert(_large(ink)))
    for x, y in random.integers(4, SIDE - 4, (25, 2)).tolist():
        pen.ellipse([x - 1, y - 1, x + 1, y + 1], fill=60)
    return canvas


def _jpeg(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("L")


def _everything(ink: Image.Image, random: Random) -> Image.Image:
    pen = ImageFilter.MaxFilter if random.random() < 0.5 else ImageFilter.MinFilter
    canvas = placed(ink, int(random.integers(90, 170)), tuple(random.uniform(0.1, 0.9, 2)))
    canvas = canvas.filter(pen(3)).rotate(random.uniform(-8, 8), Image.Resampling.BICUBIC)
    return _jpeg(_photographed(canvas, random), 40)


CONDITIONS: dict[str, Callable[[Image.Image, Random], Image.Image]] = {
    "dark on white": lambda ink, _: ImageOps.invert(_large(ink)),
    "light on black": lambda ink, _: _large(ink),
    "thin strokes": lambda ink, _: ImageOps.invert(_large(ink).filter(ImageFilter.MinFilter(7))),
    "thick strokes": lambda ink, _: ImageOps.invert(_large(ink).filter(ImageFilter.MaxFilter(11))),
    "turned 8 degrees": lambda ink, random: ImageOps.invert(_turned(ink, random, 8)),
    "small, off centre": lambda ink, random: ImageOps.invert(_far(ink, random)),
    "grey paper, uneven light": lambda ink, random: _photographed(_large(ink), random),
    "specks": _specked,
    "JPEG of quality 15": lambda ink, _: _jpeg(ImageOps.invert(_large(ink)), 15),
    "everything at once": _everything,
}
LIGHT = ("light on black",)


def plain(picture: Image.Image) -> Image.Image:
    """The ink's box, squared and scaled down."""
    grey = ImageOps.autocontrast(picture.convert("L"))
    if box := grey.point(lambda level: 255 * (level > 40)).getbbox():
        grey = grey.crop(box)
        side = max(grey.size)
        square = Image.new("L", (side, side))
        square.paste(grey, ((side - grey.width) // 2, (side - grey.height) // 2))
        grey = square
    return grey.resize((8, 8), Image.Resampling.BOX).convert("RGB")


def read_by(loaded: LoadedModel, coded: Image.Image) -> str:
    pixels = torch.from_numpy(np.array(coded)).permute(2, 0, 1)
    return predict_pixels(loaded, pixels, top=1).classes[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("fonts", type=Path, nargs="+")
    asked = parser.parse_args()
    loaded = load_run_model(Run(asked.run), "best")
    inks = [(digit, drawn(font, digit)) for font in asked.fonts for digit in "0123456789"]
    print(f"{len(inks)} pictures a condition{'plain':>19}{'ours':>8}")
    shares = []
    for name, draw in CONDITIONS.items():
        random = np.random.default_rng(0)
        right = np.zeros(2)
        for digit, ink in inks:
            picture = draw(ink, random)
            told = picture if name in LIGHT else ImageOps.invert(picture)
            right += [read_by(loaded, coded) == digit for coded in (plain(told), as_digit(picture))]
        shares.append(right / len(inks))
        print(f"{name:<36}{shares[-1][0]:>8.1%}{shares[-1][1]:>8.1%}", flush=True)
    print(f"{'all':<36}{np.mean(shares, 0)[0]:>8.1%}{np.mean(shares, 0)[1]:>8.1%}")


if __name__ == "__main__":
    main()
