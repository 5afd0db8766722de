"""Small pictures, large enough to see their pixels."""

import io

import numpy as np

_SIDE = 300  # pixels at least, of the longer side


def enlarged(picture: np.ndarray) -> bytes:
    """A picture, uint8 [H, W, 3], with its pixels kept square, as PNG; a photograph gets small."""
    from PIL import Image

    image, buffer = Image.fromarray(squares(picture)), io.BytesIO()
    image.thumbnail((2 * _SIDE, 2 * _SIDE))
    image.save(buffer, "PNG")
    return buffer.getvalue()


def squares(picture: np.ndarray) -> np.ndarray:
    """A picture, uint8 [H, W, 3], a whole number of times larger, its pixels kept square."""
    times = max(1, -(-_SIDE // max(picture.shape[:2])))
    return picture.repeat(times, 0).repeat(times, 1)
