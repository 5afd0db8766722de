"""Text that a person, a file or a link brought, to be shown as it is."""

import re

# An underscore between letters or digits and a colon before a space mean nothing to it and stay;
# the two of `__init__` mean something.
_MARKS = re.compile(
    r"([\\`*\[\]$<~]|(?<![^\W_])_|_(?![^\W_])|:(?=[a-zA-Z+])|^[#>|])", re.MULTILINE
)


def plain(text: str) -> str:
    """The text with every mark escaped that Streamlit's Markdown would act on.

    A recipe's name comes by link from anyone: it must not draw a picture from elsewhere.
    """
    return _MARKS.sub(r"\\\1", text)


def short(text: str, most: int = 28) -> str:
    """The text, cut where it is longer than so many characters: for names in narrow places."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
