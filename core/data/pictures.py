"""One picture of any common kind as plain RGB, or one sentence why not."""

import contextlib
import io
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from core.messages import ThawError

# Pillow knows forty formats, and some of their readers call other programs: these are enough.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")  # JPEG brings MPO along
SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".dib", ".tif", ".tiff"),
        *(".webp", ".ppm", ".pgm", ".pbm", ".pnm"),
    )
)
MAX_PIXELS = 50_000_000
MIN_SIDE = 8

_ORIENTATION = 0x0112  # EXIF's tag, and what brings each of its values upright
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow warns of sizes that are refused here in a sentence. For good: filters of one call alone
# would be those of all threads.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def read_picture(
    source: Path | BinaryIO, *, name: str = "", longest: int | None = None
) -> Image.Image:
    """A picture as RGB of 8 bits: upright, transparent parts on white, the first frame of many.

    Grey levels of more than 8 bits are stretched from the picture's darkest to its lightest.

    Args:
        source: A file, or its content.
        name: How the sentence calls it; by default the file's name.
        longest: Pictures with a longer side are scaled down to it.

    Raises:
        ThawError: If it can't be read, is too large or too small; names the picture.
    """
    name = name or _name_of(source)
    with _opened(source, name) as file:
        picture = _header(file, name)
        # Whatever a damaged file makes a decoder raise means the same to a person.
        try:
            if longest:
                picture.draft(None, (longest, longest))  # a JPEG is decoded at a fraction then
            picture.load()
            orientation = _orientation(picture)
            picture = _as_rgb(picture)
            if longest and max(picture.size) > longest:
                picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
            return picture.transpose(orientation) if orientation is not None else picture
        except Exception:
            raise ThawError("data.picture_damaged", name=name) from None


def check_header(source: Path | BinaryIO, *, name: str = "") -> None:
    """Passes if a picture's format and size are fine; its pixels are not looked at.

    Raises:
        ThawError: As `read_picture`.
    """
    name = name or _name_of(source)
    with _opened(source, name) as file:
        _header(file, name)


def _name_of(source: Path | BinaryIO) -> str:
    return source.name if isinstance(source, Path) else "image"


def _opened(source: Path | BinaryIO, name: str) -> contextlib.AbstractContextManager[BinaryIO]:
    if not isinstance(source, Path):
        return contextlib.nullcontext(source)
    try:
        if source.is_dir():
            raise ThawError("data.picture_is_folder", name=name)
        if not source.is_file():  # a pipe, which would be waited for
            raise FileNotFoundError(2, "there is no such file")
        return source.open("rb")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ThawError("data.picture_unopened", name=name, why=why) from None


def _header(file: BinaryIO, name: str) -> Image.Image:
    """The picture with its size known and checked, nothing decoded yet."""
    try:
        picture = Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError:
        raise ThawError("data.picture_too_large", name=name, most=MAX_PIXELS // 10**6) from None
    except Exception:
        raise ThawError("data.picture_unreadable", name=name) from None
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise ThawError("data.picture_too_large", name=name, most=MAX_PIXELS // 10**6)
    if min(width, height) < MIN_SIDE:
        raise ThawError(
            "data.picture_too_small", name=name, width=width, height=height, least=MIN_SIDE
        )
    return picture


def _orientation(picture: Image.Image) -> Image.Transpose | None:
    try:
        return _UPRIGHT.get(picture.getexif().get(_ORIENTATION))
    except Exception:  # damaged EXIF beside a whole picture
        return None


def _as_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(("I", "F")):
        return _stretched(picture).convert("RGB")
    if picture.has_transparency_data:
        with_alpha = picture.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, "white")
        return Image.alpha_composite(white, with_alpha).convert("RGB")
    return picture.convert("RGB")


def _stretched(picture: Image.Image) -> Image.Image:
    """Grey levels of 16 or 32 bits as 8 bits, the darkest black and the lightest white."""
    levels = np.array(picture, dtype=np.float32)
    levels[~np.isfinite(levels)] = 0
    levels -= levels.min()
    levels *= 255 / (levels.max() or 1)
    return Image.fromarray(levels.round().astype(np.uint8))


def encoded(picture: Image.Image) -> tuple[bytes, str]:
    """A picture as a file: PNG if it is small, else JPEG of quality 95.

    Returns:
        The content, and the suffix that belongs to it.
    """
    buffer = io.BytesIO()
    if max(picture.size) <= 256:
        picture.save(buffer, "PNG")
        return buffer.getvalue(), ".png"
    picture.save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue(), ".jpg"
