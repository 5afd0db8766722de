"""A start that a double click makes only once.

Its second click comes in another thread while the first still makes folders, and ends the first
at its next look at the session: both have to find what the first one began.
"""

import secrets
import threading
from collections.abc import Callable

from pages.state import person

_starting = threading.Lock()
_begun: dict[str, str] = {}  # by the token of the form that began it: its id


def token(page: str, revision: int) -> str:
    """Of what this person sets up now on a page.

    Args:
        revision: Another one once it was begun.
    """
    key = f"{page}.session"
    if person.choice(key) is None:
        person.remember(key, secrets.token_hex(8))
    return f"{page} {person.choice(key)} {revision}"


def begin(token: str, start: Callable[[], str]) -> str:
    """The id of what `start` begins, or of what it began for this token already.

    A start that fails may be made again.

    Raises:
        ThawError: What `start` raises.
    """
    with _starting:
        if token not in _begun:
            _begun[token] = start()
        return _begun[token]
