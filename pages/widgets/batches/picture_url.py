"""Pictures as addresses within the page."""

import base64
import io

import numpy as np
from PIL import Image

_SIDE = 96  # pixels a picture is sent with at most


def of(picture: np.ndarray, side: int = _SIDE) -> str:
    """A float picture [C, H, W] in [0, 1] as a PNG within the page.

    Args:
        side: Larger ones are made this large.
    """
    pixels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)
    image = Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[..., 0])
    image.thumbnail((side, side))
    file = io.BytesIO()
    image.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def is_picture(value: np.ndarray | None) -> bool:
    """Whether an array can be shown as one picture [1 or 3, H, W]."""
    return (
        value is not None and value.ndim == 3 and value.shape[0] in (1, 3)
        and value.dtype.kind == "f" and min(value.shape) > 0
    )
