"""A section of a script, with what the last change did to it."""

import difflib

import streamlit as st

_LINES = 40  # more than these scroll


def show(text: str, before: str | None) -> None:
    """Draws the lines; where they changed, the old ones stand between them.

    Args:
        before: As they were before the last change; None for a section that is new.
    """
    if before is None or before == text:
        shown, language = text, "python"
    else:
        shown, language = changes(before, text), "diff"
    tall = shown.count("\n") > _LINES
    st.code(shown, language=language, height=760 if tall else "content")


def changes(before: str, text: str) -> str:
    """Every line of both: " " in front of what stayed, "-" of what went, "+" of what came."""
    old, new = before.splitlines(), text.splitlines()
    lines: list[str] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for _, a, b, c, d in matcher.get_opcodes():
        if old[a:b] == new[c:d]:
            lines += [f"  {line}".rstrip() for line in new[c:d]]
        else:
            lines += [f"- {line}" for line in old[a:b]] + [f"+ {line}" for line in new[c:d]]
    return "\n".join(lines)
