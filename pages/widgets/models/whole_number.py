"""A whole number that is no part of the recipe, typed as text; a wrong one gets its sentence."""

import streamlit as st

from core.messages import Problem
from pages.state.language import say
from pages.widgets.plain import plain


def edit(
    label: str, default: int | None, *, key: str, least: int, most: int, placeholder: str = "",
    help: str | None = None,
) -> int | None:
    """Draws the input and returns its number; the default where it is empty or wrong.

    Args:
        key: Under it the text is kept over page switches.
        placeholder: Shown while the input is empty: what the default stands for.
    """
    typed = st.text_input(
        label, key=key, persist_state="session", autocomplete="off", help=help,
        placeholder=placeholder or str(default),
    )
    text = (typed or "").strip()
    if not text:
        return default
    if text.isascii() and text.isdigit() and least <= int(text) <= most:
        return int(text)
    wrong = Problem("models.no_whole_number",
                    {"what": label, "least": least, "most": f"{most:,}", "given": text})
    st.markdown(f":small[:red[:material/error: {plain(say(wrong))}]]")
    return default
