"""Measurements that go on, or have ended, without anybody who has seen their end.

A page that is loaded anew, or another tab, finds them by their folder (`measuring`): the browser
session that had begun one may be gone. Who has seen the end says so in the folder.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core import places
from core import recipe as recipes
from core.messages import ThawError
from core.recipe import Recipe
from core.training import measuring

_SEEN = "seen"


@dataclass(frozen=True)
class Unseen:
    """A measurement whose end nobody has seen yet.

    Attributes:
        recipe: That is measured.
        is_going: Whether it still goes on; else it has an answer.
    """

    place: Path
    recipe: Recipe
    is_going: bool


def unseen(kind: str) -> Unseen | None:
    """The newest of a kind; None where there is none, or it ended without an answer.

    Args:
        kind: As `measuring.start` was told it.
    """
    places_of_kind = places.cache_root().glob(f"{kind}_*")
    for place in sorted(places_of_kind, key=lambda one: one.name, reverse=True):
        now = measuring.look(place)
        if now.problem or (place / _SEEN).exists():
            continue
        with suppress(ThawError):
            recipe = recipes.load(place / "recipe.json")
            return Unseen(place, recipe, not now.is_done)
    return None


def end_was_seen(place: Path) -> None:
    """Says that somebody has the answer; the folder stays for others who wait for it.

    It is deleted when another one begins, half an hour later. What the process still tidies up is
    cut off, so that the next one can begin at once.
    """
    measuring.end(place)
    with suppress(OSError):  # stopped elsewhere, or the disk is full: it is only found once more
        (place / _SEEN).touch()
