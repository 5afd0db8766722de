"""A recipe as text for a link: a teacher's one click for a class."""

import base64
import binascii
import json
import zlib

from core.messages import Problem
from core.recipe import Recipe, RecipeError, parse

MAX_LINK_BYTES = 64_000  # a recipe is about 2 kB; a link that unpacks to more is not one


def to_link(recipe: Recipe) -> str:
    """The recipe as URL-safe text: all of it, compressed, so that later defaults change nothing."""
    packed = zlib.compress(recipe.model_dump_json().encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def from_link(text: str) -> Recipe:
    """The recipe of `to_link`'s text.

    Raises:
        RecipeError: If the text was cut, is no link of Thaw's, or a field is wrong.
    """
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        plain = unpacker.decompress(packed, MAX_LINK_BYTES)
        if not unpacker.eof:
            raise ValueError(text)
        raw = json.loads(plain)
        if not isinstance(raw, dict):
            raise ValueError(text)
    except (ValueError, binascii.Error, zlib.error, RecursionError):
        raise RecipeError((Problem("recipe.bad_link"),)) from None
    return parse(raw)
