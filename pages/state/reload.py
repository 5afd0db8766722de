"""What brings the draft back after a reload: a session of its own name, and the browser's answer.

A reload, a server started anew or a laptop that slept is a new session for Streamlit, and would
begin with the default recipe. The browser's tab keeps the draft, and hands it on when asked.
"""

import secrets
from collections.abc import Mapping

import streamlit as st

from core import recipe_link
from core.messages import ThawError
from core.recipe import Recipe
from pages.state import draft, person

_SESSION, _SETTLED = "reload.session", "reload.settled"


def session() -> str:
    """The name of this session."""
    return st.session_state.setdefault(_SESSION, secrets.token_hex(6))


def is_settled() -> bool:
    """Whether this session took, or refused, what the tab had kept of an earlier one."""
    return st.session_state.get(_SETTLED, False)


def take(kept: object) -> None:
    """Takes the draft that the tab kept, once a session.

    A link that the tab had not opened before is newer than what it kept, and wins, if it is one.

    Args:
        kept: What the browser sent: a mapping of `recipe` and `opened`, both texts of links, and
            `asked`, the name of the session that it answers.
    """
    # A page that stays open while the server is started anew sends its older answers once more.
    if is_settled() or not isinstance(kept, Mapping) or kept.get("asked") != session():
        return
    st.session_state[_SETTLED] = True
    opened, before = person.opened_link(), kept.get("opened")
    if opened and opened != before:
        person.repeat_notices()  # what the link did, or why it could not, is still true
        if _recipe_of(opened):
            return
    if recipe := _recipe_of(kept.get("recipe")):
        draft.replace(recipe)
        if not opened and isinstance(before, str):
            person.link_was_opened(before)  # so that the browser's way back does not open it anew


def _recipe_of(text: object) -> Recipe | None:
    """None for what is no recipe, or one that another version of Thaw kept."""
    try:
        return recipe_link.from_link(text) if isinstance(text, str) else None
    except ThawError:
        return None
