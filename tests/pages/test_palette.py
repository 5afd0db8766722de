"""Colours of many series: as many as asked for, each seen on its ground."""

import pytest

from pages.widgets import ink, palette


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB`, as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("count", [1, 8, 9, 20, 50])
def test_many_series_are_told_apart_and_stand_out(
    monkeypatch: pytest.MonkeyPatch, dark: bool, count: int
) -> None:
    monkeypatch.setattr(palette, "is_dark", lambda: dark)
    colours = palette.of_classes(count)
    assert len(set(colours)) == count
    ground = luminance(palette.GROUND.here())
    for colour in colours:
        light, deep = sorted((luminance(colour), ground), reverse=True)
        assert (light + 0.05) / (deep + 0.05) >= 3, colour


def test_a_colour_of_oklch_is_its_published_srgb() -> None:
    # CSS Color 4: green is oklch(51.975% 0.17686 142.495), white has lightness 1.
    assert palette._oklch(0.51975, 0.17686, 142.495 * 3.141592653589793 / 180) == "#008000"
    assert palette._oklch(1.0, 0.0, 0.0) == "#FFFFFF"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("tone", [palette.ACCENT, palette.CATEGORICAL[3]])
def test_a_count_is_read_on_every_shade_of_its_cell(
    monkeypatch: pytest.MonkeyPatch, dark: bool, tone: palette.Tone
) -> None:
    monkeypatch.setattr(palette, "is_dark", lambda: dark)
    assert ink.over_ground(tone.here(), 0) == palette.GROUND.here()
    assert ink.over_ground(tone.here(), 1) == tone.here()
    for percent in range(101):
        fill = ink.over_ground(tone.here(), percent / 100)
        light, deep = sorted((luminance(fill), luminance(ink.on(fill))), reverse=True)
        assert (light + 0.05) / (deep + 0.05) >= 3.9, percent
