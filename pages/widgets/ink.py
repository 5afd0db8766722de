"""The colour of a text on a coloured cell: whichever is read best there."""

from pages.widgets import palette


def over_ground(colour: str, opacity: float) -> str:
    """What a colour, `#RRGGBB`, looks like on the page's ground, with opacity in [0, 1]."""
    ground, own = _rgb(palette.GROUND.here()), _rgb(colour)
    mixed = (round(g + (o - g) * opacity) for g, o in zip(ground, own, strict=True))
    return "#" + "".join(f"{one:02X}" for one in mixed)


def on(fill: str) -> str:
    """White or dark, whichever has the larger contrast with a colour (WCAG)."""
    light, dark = palette.GROUND.light, palette.TEXT.light
    ground = _luminance(fill)
    on_light = (_luminance(light) + 0.05) / (ground + 0.05)
    on_dark = (ground + 0.05) / (_luminance(dark) + 0.05)
    return light if on_light >= on_dark else dark


def _luminance(colour: str) -> float:
    linear = [
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4
        for one in (part / 255 for part in _rgb(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
