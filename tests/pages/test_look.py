"""Contrast: every pair of words and ground of the theme is read well (WCAG AA)."""

import tomllib
from pathlib import Path

import pytest

from pages.widgets import look, palette
from tests.pages.test_palette import luminance

THEME = tomllib.loads(
    (Path(__file__).parents[2] / ".streamlit/config.toml").read_text(encoding="utf-8")
)["theme"]
WORDS = (
    "textColor", "linkColor", "codeTextColor",
    "blueTextColor", "orangeTextColor", "greenTextColor", "grayTextColor",
)
GROUNDS = ("backgroundColor", "secondaryBackgroundColor", "codeBackgroundColor")


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_words_are_read_on_every_ground_of_the_theme(ground: str) -> None:
    theme = THEME[ground]
    backs = {name: theme[name] for name in GROUNDS}
    backs |= {f"sidebar.{name}": theme["sidebar"][name] for name in GROUNDS[:2]}
    for words in WORDS:
        for name, back in backs.items():
            assert contrast(theme[words], back) >= 4.5, (words, name)
    for tone in ("blue", "orange", "gray"):
        assert contrast(theme[f"{tone}TextColor"], theme[f"{tone}BackgroundColor"]) >= 4.5, tone


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_a_button_s_white_words_and_the_button_itself_are_seen(ground: str) -> None:
    button = THEME[ground]["primaryColor"]
    assert contrast("#FFFFFF", button) >= 4.5
    assert contrast(button, THEME[ground]["backgroundColor"]) >= 3


@pytest.mark.parametrize("dark", [False, True])
def test_what_the_style_colours_is_read(monkeypatch: pytest.MonkeyPatch, dark: bool) -> None:
    monkeypatch.setattr(palette, "is_dark", lambda: dark)
    theme = THEME["dark" if dark else "light"]
    for kind, tone in look.CODE.items():
        assert contrast(tone.here(), theme["codeBackgroundColor"]) >= 4.5, kind
        assert tone.here() in look.style()
    # What is chosen lies on a tenth of the button's colour.
    tint = mixed(theme["primaryColor"], 0.1, theme["backgroundColor"])
    assert contrast(palette.LINK.here(), tint) >= 4.5
    # Notes and the numbers of samples lie on a sixth of a colour.
    for tone in palette.CATEGORICAL:
        tint = mixed(tone.here(), 0.15, theme["backgroundColor"])
        assert contrast(palette.MUTED.here(), tint) >= 4.5, tone


def mixed(colour: str, share: float, ground: str) -> str:
    """What a share of a colour looks like on a ground."""
    parts = [
        round(share * int(colour[at : at + 2], 16) + (1 - share) * int(ground[at : at + 2], 16))
        for at in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02X}" for part in parts)


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two `#RRGGBB`, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
