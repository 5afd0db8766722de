"""The shell: navigation, the link that opens it, the boundary where errors become sentences."""

import logging
import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import recipe as recipes
from core import recipe_link
from core.recipe import Recipe
from pages.widgets import notices, palette

ROOT = Path(__file__).parents[2]


def app(**query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def test_it_opens_on_the_start_page() -> None:
    at = app()
    assert at.title[0].value == "Thaw"
    assert not at.exception
    assert not at.error


def test_a_link_sets_everything_once() -> None:
    linked = recipes.with_value(Recipe(name="lesson 3"), "train.epochs", 4)
    at = app(recipe=recipe_link.to_link(linked))
    assert at.session_state["draft.recipe"] == linked
    assert "lesson 3" in at.success[0].value
    at.session_state["draft.recipe"] = recipes.with_value(linked, "train.epochs", 5)
    at.run()
    assert at.session_state["draft.recipe"].train.epochs == 5
    assert not at.success


def test_a_link_s_name_is_shown_as_it_is() -> None:
    at = app(recipe=recipe_link.to_link(Recipe(name="![x](http://else/where.png) :red[y]")))
    assert r"!\[x\](http://else/where.png) \:red\[y\]" in at.success[0].value


@pytest.mark.parametrize("text", ["", "x", "eJyrVg", "%%%", "A" * 5000])
def test_a_bad_link_gets_a_sentence_and_the_defaults(text: str) -> None:
    at = app(recipe=text)
    assert "This link holds no recipe" in at.error[0].value
    assert at.title[0].value == "Thaw"
    assert at.session_state["draft.recipe"] == Recipe()


def test_an_unexpected_error_becomes_a_sentence_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def page() -> None:
        import streamlit as st

        from core.messages import ThawError
        from pages.widgets.notices import guarded

        with guarded():
            raise ZeroDivisionError("secret")
        with guarded():
            raise ThawError("recipe.not_json")
        st.text("still here")

    with caplog.at_level(logging.ERROR, "thaw.pages"):
        at = AppTest.from_function(page, default_timeout=30).run()
    assert [one.value for one in at.error] == [
        notices.UNEXPECTED,
        "This is not a recipe: it should be a JSON object as Thaw writes it.",
    ]
    assert not at.exception
    assert at.text[0].value == "still here"
    assert "ZeroDivisionError" in caplog.text


def test_the_config_is_safe_and_has_the_palette_s_colours() -> None:
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["enableXsrfProtection"] is True
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"
    for ground in ("light", "dark"):
        theme = config["theme"][ground]
        named = {
            "primaryColor": palette.ACTION,
            "linkColor": palette.LINK,
            "blueTextColor": palette.FROZEN_TEXT,
            "orangeTextColor": palette.TRAINABLE_TEXT,
            "blueColor": palette.FROZEN,
            "orangeColor": palette.TRAINABLE,
            "backgroundColor": palette.GROUND,
            "textColor": palette.TEXT,
            "borderColor": palette.LINE,
        }
        assert {key: theme[key] for key in named} == {
            key: getattr(tone, ground) for key, tone in named.items()
        }
        assert theme["chartCategoricalColors"] == [
            getattr(tone, ground) for tone in palette.CATEGORICAL
        ]


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_colours_stand_out_from_the_ground(ground: str) -> None:
    back = getattr(palette.GROUND, ground)
    assert contrast(getattr(palette.TEXT, ground), back) >= 10
    assert contrast(getattr(palette.MUTED, ground), back) >= 4.5
    series = (palette.FROZEN, palette.TRAINABLE, palette.ACCENT, *palette.CATEGORICAL)
    for tone in series:
        assert contrast(getattr(tone, ground), back) >= 3, tone


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two `#RRGGBB`, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
