"""The class whose evidence is looked for: what the model says, what is true, or any other."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from pages.state import person

_SAID, _TRUE, _NEXT, _NONE = "said", "true", "next", "none"


def edit(
    classes: Sequence[str], answer: np.ndarray, truth: int | None, key: str
) -> tuple[int, ...]:
    """Draws the choice of one class, or of two, and returns them.

    Args:
        answer: The probability of each class.
        truth: The true class, or None where nobody said.
        key: Tells one run from another.
    """
    said, second = (int(at) for at in np.argsort(-answer, kind="stable")[:2])
    fixed = {_SAID: said, _NEXT: second} | ({} if truth is None else {_TRUE: truth})
    words = {_SAID: f"What it says: {classes[said]}", _TRUE: "What is true",
             _NEXT: f"Its second guess: {classes[second]}"}
    if truth is not None:
        words[_TRUE] += f": {classes[truth]}"
    every = {str(at): name for at, name in enumerate(classes)}
    left, right = st.columns(2)
    with left:
        first = _one("What speaks for", [_SAID, _TRUE, _NEXT], words | every, key,
                     "The map shows what raises the score of this class.")
    with right:
        other = _one("And for", [_NONE, _NEXT, _TRUE, _SAID],
                     {_NONE: "No second class"} | words | every, f"second {key}",
                     "A second class beside the first, on one scale with it.")
    chosen = [fixed.get(one, said) if one in words else int(one)
              for one in (first, other) if one != _NONE]
    return tuple(dict.fromkeys(chosen))


def _one(label: str, begin: Sequence[str], words: Mapping[str, str], key: str, why: str) -> str:
    names = [*begin, *(one for one in words if one.isdecimal())]
    person.hold_on(f"explain.class {key}")
    return st.selectbox(label, names, format_func=words.get, help=why,
                        key=f"explain.class {key}", persist_state="session")
