"""Arrays as pictures within the page, and the one style of everything in this view.

Maps are drawn from the dark ground over the accent to white: dark is low, bright is high, on
the light ground as on the dark one.
"""

import base64
import html
import io
from functools import cache

import numpy as np
from PIL import Image

from pages.widgets import palette

# One grey that shows on both grounds: the page's own colours are no CSS variables here.
_LINE = "rgba(128,140,150,.38)"
STYLE = f"""<style>
.thaw-inside img {{display:block; width:100%; aspect-ratio:1; object-fit:contain;
  border-radius:.3rem; border:1px solid {_LINE}}}
.thaw-inside img.small {{image-rendering:pixelated}}
.thaw-inside figure {{margin:0; min-width:0}}
.thaw-inside figcaption {{font-size:.8rem; line-height:1.3; margin-top:.15rem;
  font-variant-numeric:tabular-nums; overflow-wrap:anywhere}}
.thaw-inside .faint {{opacity:.68}}
.thaw-inside.maps {{display:grid; gap:.55rem .5rem;
  grid-template-columns:repeat(auto-fill, minmax(min(108px, 18vw), 1fr))}}
.thaw-inside.maps figure.dead img {{outline:2px dashed {_LINE}; outline-offset:-2px}}
.thaw-inside.maps figure.dead figcaption {{font-weight:600}}
.thaw-inside.pair {{display:grid; gap:1rem; grid-template-columns:repeat(2, minmax(0, 200px));
  align-items:end}}
.thaw-inside.pair img {{aspect-ratio:auto; border:0}}
.thaw-inside.flow {{display:grid; gap:1rem .9rem; list-style:none; padding:0; margin:0;
  grid-template-columns:repeat(auto-fill, minmax(118px, 1fr))}}
.thaw-inside.flow li {{position:relative; margin:0; padding:0; min-width:0}}
.thaw-inside.flow li + li::before {{content:"›"; position:absolute; left:-.68rem; top:1.6rem;
  font-size:1.4rem; line-height:1; opacity:.55}}
.thaw-inside.flow b {{display:block; font-weight:650; overflow-wrap:anywhere; line-height:1.25;
  font-size:.9rem; margin-top:.3rem}}
.thaw-inside.flow .bar {{height:5px; border-radius:3px; background:{_LINE}; margin:.25rem 0 .1rem;
  overflow:hidden}}
.thaw-inside.flow .bar i {{display:block; height:100%; background:currentColor; opacity:.62}}
.thaw-inside.facts {{display:flex; flex-wrap:wrap; gap:.5rem 2.2rem}}
.thaw-inside.facts span {{display:block; font-size:.85rem; opacity:.72}}
.thaw-inside.facts b {{font-size:1.25rem; font-weight:600; line-height:1.35;
  font-variant-numeric:tabular-nums}}
.thaw-inside.ramp {{display:flex; align-items:center; gap:.5rem; font-size:.85rem}}
.thaw-inside.ramp i {{width:9rem; height:.7rem; border-radius:.2rem; border:1px solid {_LINE}}}
</style>"""


def figure(image: str, alt: str, caption: str, kind: str = "", title: str = "") -> str:
    """A picture with its caption.

    Args:
        image: What `mapped` or `coloured` gives.
        caption: Is HTML already; the rest is escaped.
        kind: Class of the figure.
    """
    return (f"<figure class='{kind}' title='{html.escape(title, quote=True)}'>"
            f"<img {image} alt='{html.escape(alt, quote=True)}'>"
            f"<figcaption>{caption}</figcaption></figure>")


def mapped(levels: np.ndarray) -> str:
    """Attributes of an image of levels, uint8 [H, W], in the colours of maps."""
    image = Image.fromarray(levels)
    image.putpalette(_ramp().tobytes())
    return _attributes(image)


def coloured(pixels: np.ndarray) -> str:
    """Attributes of an image in its own colours, uint8 [H, W, 3]."""
    return _attributes(Image.fromarray(pixels))


def ramp_legend(low: str, high: str) -> str:
    """The colours of maps from the lowest to the highest value, with words at both ends."""
    stops = ", ".join(f"rgb({r},{g},{b})" for r, g, b in _ramp()[::32])
    return (f"<div class='thaw-inside ramp'>{html.escape(low)}"
            f"<i style='background:linear-gradient(90deg, {stops})'></i>{html.escape(high)}</div>")


@cache
def _ramp() -> np.ndarray:
    """The colour of each level, uint8 [256, 3]."""
    tones = (palette.GROUND.dark, palette.ACCENT.light, palette.CATEGORICAL[0].dark,
             palette.GROUND.light)
    stops = np.array([[int(tone[at : at + 2], 16) for at in (1, 3, 5)] for tone in tones])
    places = np.linspace(0, 255, len(stops))
    channels = [np.interp(np.arange(256), places, stops[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, 1)).astype(np.uint8)


def _attributes(image: Image.Image) -> str:
    file = io.BytesIO()
    image.save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    small = "class='small' " if max(image.size) <= 64 else ""
    return f"{small}src='data:image/png;base64,{data}'"
