"""A recipe as a link: whole and short, and refused in a sentence where it was cut."""

import base64
import random
import zlib

import pytest

from core import recipe_link
from core.ready_recipes import READY
from core.recipe import Recipe, RecipeError


@pytest.mark.parametrize("name", READY)
def test_round_trip_through_a_link(name):
    link = recipe_link.to_link(READY[name])
    assert recipe_link.from_link(link) == READY[name]
    assert len(link) < 1500  # fits every browser's address line
    assert all(letter.isalnum() or letter in "-_" for letter in link)


def test_a_cut_or_invented_link_is_refused_in_a_sentence():
    link = recipe_link.to_link(Recipe())
    generator = random.Random(0)
    for _ in range(200):
        cut = link[: generator.randrange(len(link))]
        with pytest.raises(RecipeError):
            recipe_link.from_link(cut)
    for text in ("", "ünïcode", "%%%", "A" * 5000):
        with pytest.raises(RecipeError):
            recipe_link.from_link(text)


def test_a_link_that_unpacks_to_much_is_refused():
    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000)).decode().rstrip("=")
    with pytest.raises(RecipeError, match="link"):
        recipe_link.from_link(bomb)
