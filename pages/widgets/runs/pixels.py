"""Small pictures, large enough to see their pixels."""

import io

import numpy as np

_SIDE = 300  # pixels at least, of the longer side


def enlarged(picture: np.ndarray) -> bytes:
    """A picture, uint8 [H, W, 3], with its pixels kept square, as PNG."""
    from PIL import Image

    image = Image.fromarray(picture)
    times = max(1, -(-_SIDE // max(image.size)))
    buffer = io.BytesIO()
    image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST).save(
        buffer, "PNG"
    )
    return buffer.getvalue()
