"""A recipe that came by link, and the link of the present one."""

import streamlit as st

from core import recipe_link
from core.messages import ThawError
from pages.state import draft, person
from pages.widgets.plain import plain


def open_link() -> None:
    """Takes the recipe of `?recipe=...` into the draft, once a session; a bad one says so."""
    text = person.take_link()
    if text is None:
        return
    try:
        recipe = recipe_link.from_link(text)
    except ThawError as error:
        person.notify(error.problem, "error")
        return
    draft.replace(recipe)
    named = f" “{plain(recipe.name)}”" if recipe.name else ""
    person.notify(f"The link set everything to its recipe{named}.", "success")


def url() -> str:
    """The address that opens this app with the present draft."""
    base = (st.context.url or "").split("?")[0].rstrip("/")
    return f"{base}/?recipe={recipe_link.to_link(draft.get())}"


def show() -> None:
    """Draws the link of the present draft, ready to copy."""
    with st.popover("Copy link", icon=":material/link:"):
        st.caption("Opens Thaw with this recipe set, in any browser that reaches this address.")
        st.code(url(), language=None, wrap_lines=False)
