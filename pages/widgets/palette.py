"""The colours that mean something: ice is frozen, warmth trains, one accent for what acts.

`.streamlit/config.toml` names the same colours for Streamlit's own widgets (its blue is our
ice, its orange our warmth), so `:blue[...]` and `:orange[...]` in text mean the same as here;
a test compares both files. Charts take colours from here and nowhere else.
"""

import math
from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Tone:
    """One meaning as a colour on the light and on the dark ground, each `#RRGGBB`."""

    light: str
    dark: str

    def here(self) -> str:
        """The colour on the ground that this browser shows."""
        return self.dark if is_dark() else self.light


FROZEN = Tone("#1F78B4", "#63B3E8")
TRAINABLE = Tone("#D2601A", "#F2935A")
ACCENT = Tone("#0E766E", "#279488")
ACTION = Tone("#0E766E", "#1F8278")  # a button: white words on it have 4.5 to 1
LINK = Tone("#0E766E", "#5CC7BA")
FROZEN_TEXT = Tone("#17639A", "#8CC8F0")
TRAINABLE_TEXT = Tone("#AD4A0C", "#F7B084")
GROUND = Tone("#FFFFFF", "#0F171B")
TEXT = Tone("#15252C", "#E4EDF0")
MUTED = Tone("#546770", "#93A5AD")  # notes and axes; 4.5 to 1 and more on both grounds
LINE = Tone("#D5DFE3", "#2C3B42")

# Series that mean nothing by themselves (runs, classes); none of them is ice or warmth.
CATEGORICAL: tuple[Tone, ...] = (
    Tone("#0E766E", "#45BBAE"),
    Tone("#8A4B9F", "#C08AD6"),
    Tone("#B07A10", "#DDAE4A"),
    Tone("#C2417C", "#E881AE"),
    Tone("#4456C7", "#8F9CF2"),
    Tone("#5F8A2A", "#9DC565"),
    Tone("#8C5A3C", "#C99574"),
    Tone("#5B6B82", "#A3B1C4"),
)

# Beyond those: lightness of neighbours, so that each has 3 to 1 and more on its ground.
_LEVELS_LIGHT, _LEVELS_DARK, _CHROMA = (0.45, 0.62), (0.66, 0.84), 0.14

# Freeze plans: what stays frozen is ice, what trains is warmth; what was made anew has neither.
PLANS: dict[str, Tone] = {
    "from_scratch": MUTED,
    "linear_probe": FROZEN,
    "last_stage": CATEGORICAL[1],
    "all": TRAINABLE,
    "own": ACCENT,
}


def is_dark() -> bool:
    """Whether this browser shows the dark theme; light where nobody has said yet."""
    return st.context.theme.type == "dark"


def categorical() -> list[str]:
    """The colours of series on the ground that this browser shows, in their order."""
    return [tone.here() for tone in CATEGORICAL]


def of_classes(count: int) -> list[str]:
    """A colour for each of so many classes or runs on the ground that this browser shows.

    Beyond the named ones they go round the colour wheel, a dark one beside a light one.
    """
    if count <= len(CATEGORICAL):
        return categorical()[:count]
    levels = _LEVELS_DARK if is_dark() else _LEVELS_LIGHT
    return [
        _oklch(levels[place % 2], _CHROMA, 2 * math.pi * place / count) for place in range(count)
    ]


def _oklch(lightness: float, chroma: float, hue: float) -> str:
    """A colour of OKLCH (B. Ottosson, 2020) in sRGB: the same lightness looks equally light.

    Args:
        hue: In radians.
    """
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(part)):02X}" for part in linear)


def _gamma(linear: float) -> float:
    bent = 1.055 * linear ** (1 / 2.4) - 0.055 if linear > 0.0031308 else 12.92 * linear
    return min(max(bent, 0.0), 1.0)


def from_image_to_head(count: int) -> list[str]:
    """Colours of stages in their order, from the accent to what trains most."""
    first, last = (
        [int(tone.here()[at : at + 2], 16) for at in (1, 3, 5)] for tone in (ACCENT, TRAINABLE)
    )
    shares = [place / max(count - 1, 1) for place in range(count)]
    return [
        "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in zip(first, last, strict=True))
        for share in shares
    ]
