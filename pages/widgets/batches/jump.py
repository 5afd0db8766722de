"""A link from the form to what comes out: on a phone that is far below."""

import streamlit as st

from pages.widgets import palette

_ID = "what-comes-out"
_STYLE = """<style>
.thaw-jump {{display:none; color:{color}}}
@media (max-width: 640px) {{.thaw-jump {{display:block}}}}
</style>"""


def show() -> None:
    """Draws the link, on a narrow screen alone."""
    style = _STYLE.format(color=palette.CATEGORICAL[0].here())
    st.html(f"{style}<a class='thaw-jump' href='#{_ID}'>↓ To what comes out</a>")


def mark() -> None:
    """Draws nothing: the place that the link leads to."""
    st.html(f"<span id='{_ID}'></span>")
