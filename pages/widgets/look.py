"""What the theme has no name for: words of Streamlit's own widgets that are read too badly.

WCAG AA asks 4.5 to 1 of text. Captions, the axes of charts and coloured code have less in
Streamlit's light theme, and what is chosen has less in the dark one, where a colour that
carries white words is too dark to be one of words itself.

Streamlit lays columns below each other where the window is as narrow as a phone. Beside the
menu that is too late: on a projector, enlarged, columns within columns would break their words.
"""

import streamlit as st

from pages.widgets import palette
from pages.widgets.palette import Tone

# Kinds of token as Prism names them.
CODE: dict[str, Tone] = {
    "keyword": palette.FROZEN_TEXT,
    "function": palette.FROZEN_TEXT,
    "class-name": palette.FROZEN_TEXT,
    "operator": palette.TRAINABLE_TEXT,
    "decorator": palette.TRAINABLE_TEXT,
    "number": palette.LINK,
    "boolean": palette.CATEGORICAL[1],
    "string": Tone("#3F6B16", "#9DC565"),
    "punctuation": palette.MUTED,
    "comment": palette.MUTED,
}
_CHART_WORDS = ("axis-label", "axis-title", "legend-label", "legend-title")
_CHOSEN = (
    "[data-testid=stTab][aria-selected=true]",
    "[data-testid=stButtonGroup] button[data-selected=true]",
    "[data-testid=stSliderThumbValue]",
)
# The outer columns alone: what is in one of them may stay side by side.
_NARROW = """
@media (max-width: 1080px) {
  .stApp:has([data-testid=stSidebar][data-collapsed=false])
    [data-testid=stColumn]:not([data-testid=stColumn] *) { min-width: calc(100% - 1.5rem); }
}
@media (max-width: 780px) {
  [data-testid=stColumn]:not([data-testid=stColumn] *) { min-width: calc(100% - 1.5rem); }
}
"""


def show() -> None:
    """Lays the style over the page; takes no room on it."""
    st.html(f"<style>{style()}</style>")


def style() -> str:
    """The rules, in the colours of the ground that this browser shows."""
    rules = [
        f"code .token.{kind} {{ color: {tone.here()} !important; }}"
        for kind, tone in CODE.items()
    ]
    words = ", ".join(f".stVegaLiteChart .role-{role} text" for role in _CHART_WORDS)
    rules.append(f"{words} {{ fill: {palette.MUTED.here()}; }}")
    chosen = ", ".join(f"{one}, {one} p" for one in _CHOSEN)
    rules.append(f"{chosen} {{ color: {palette.LINK.here()} !important; }}")
    rules.append(
        "[data-testid=stCaptionContainer], [data-testid=stCaptionContainer] p "
        f"{{ opacity: 1 !important; color: {palette.MUTED.here()} !important; }}"
    )
    return "\n".join([*rules, _NARROW])
