"""The class whose evidence is looked for: what the model says, what is true, or any other."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from pages.widgets.plain import plain

_SAID, _TRUE = "said", "true"


def edit(classes: Sequence[str], answer: np.ndarray, truth: int | None, key: str) -> int:
    """Draws the choice and returns the class.

    Args:
        answer: The probability of each class.
        truth: The true class, or None where nobody said.
        key: Tells one run from another.
    """
    said = int(answer.argmax())
    fixed = {_SAID: said} | ({} if truth is None else {_TRUE: truth})
    words = {_SAID: f"What it says: {classes[said]}"}
    if truth is not None:
        words[_TRUE] = f"What is true: {classes[truth]}"
    words |= {str(at): name for at, name in enumerate(classes)}
    chosen = st.selectbox(
        "Speaks for", list(words), format_func=lambda one: plain(words[one]),
        key=f"explain.class {key} {truth is None}", persist_state="session",
        help="The map shows what speaks for this class.",
    )
    return fixed.get(chosen, int(chosen) if chosen.isdecimal() else said)
