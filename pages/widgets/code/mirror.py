"""The part of the draft's script that a page decides, under that page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pages.state import draft, mirror
from pages.widgets import notices
from pages.widgets.code import scripts, section_view

if TYPE_CHECKING:
    from core.script.section import Page


def show(page: Page) -> None:
    """Draws a switch, and behind it the lines; those that the last click changed are marked."""
    with st.container(horizontal=True, vertical_alignment="center"):
        on = _switch(page)
        if on:
            st.page_link("pages/code.py", label="The whole script", icon=":material/code:")
    if on:
        with notices.guarded():
            script = scripts.of(draft.get())
            before = mirror.before("draft", {one.title: one.text for one in script.sections})
            for section in script.sections:
                if section.page == page:
                    st.caption(section.title)
                    section_view.show(section.text, before.get(section.title))


def show_program(name: str, make: Callable[[], str]) -> None:
    """Draws a switch, and behind it a program of its own with what the last click changed.

    Args:
        name: Of the program.
        make: Gives its text.
    """
    if _switch(name):
        with notices.guarded():
            text = make()
            section_view.show(text, mirror.before(name, {"": text}).get(""))


def _switch(name: str) -> bool:
    return st.toggle(
        "This page as PyTorch", key=f"code.mirror {name}", persist_state="session",
        help="The lines that this page decides. What the last change brought is green, what it "
        "took away is red.",
    )
