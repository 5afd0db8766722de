"""A lever was pressed in a part of the page that is drawn by itself: what it says stands above."""

from pages.state import person

_ACTED = "train.acted"


def remember() -> None:
    """Called by the lever; the part draws the page as a whole once."""
    person.remember(_ACTED, True)


def take() -> bool:
    """Whether a lever was pressed since the last time."""
    acted = bool(person.choice(_ACTED))
    if acted:
        person.remember(_ACTED, False)
    return acted
