"""The inputs of one's own architecture: code or a file, the shapes of its inputs, which model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.state import person
from pages.widgets.modules.own_architecture_examples import EXAMPLES

_TYPED, _FILE = "Typed or pasted", "A file on this computer"
_NAMES = "own.names"
_CODE_HEIGHT = 430  # pixels: the longest example without scrolling
# Code is code in an input too.
_STYLE = """<style>.st-key-own_code textarea {
  font-family: "Source Code Pro", ui-monospace, monospace; font-size: 0.875rem; line-height: 1.5;
}</style>"""


@dataclass(frozen=True)
class Asked:
    """What was typed, as it was typed.

    Attributes:
        path: Of a file; "" for typed code.
        name: Of the class or variable; "" for the only one.
    """

    code: str
    path: str
    inputs: str
    name: str
    arguments: str


def edit(*, with_files: bool, on_change: Callable[[], None]) -> Asked:
    """Draws the inputs and returns what they hold; they keep it over page switches.

    Args:
        with_files: Whether a path on the server's computer may be given.
        on_change: Called when something was typed.
    """
    code, settings = st.columns([3, 2], gap="large")
    with settings:
        path_given, example = _edit_source(with_files, on_change)
    with code:
        text, path = ("", _edit_path(on_change)) if path_given else (
            _edit_code(example, on_change), "")
    with settings:
        inputs = st.text_input(
            "Input shapes", value=EXAMPLES[example].inputs, key=f"own.inputs {example}",
            persist_state="session", autocomplete="off", on_change=on_change,
            help="Without the batch: a batch of 1 is added. `3x224x224` for a picture, `128:int` "
            "for 128 whole numbers; one shape for each argument of `forward`, with commas between.",
        )
        name = _edit_name(example, on_change)
        arguments = st.text_input(
            "Arguments of the constructor", key=f"own.arguments {example}",
            placeholder="num_classes=10", persist_state="session", autocomplete="off",
            on_change=on_change, help="Literals, as in a call. Empty for none.",
        )
    return Asked(text or "", (path or "").strip(), inputs or "", name, arguments or "")


def offer_names(names: Sequence[str]) -> None:
    """Lets the form offer these models of the code."""
    person.remember(_NAMES, tuple(names))


def _edit_source(with_files: bool, on_change: Callable[[], None]) -> tuple[bool, str]:
    example = st.selectbox(
        "Begin with", list(EXAMPLES), key="own.example", persist_state="session",
        on_change=on_change, help="What you change in one stays there.",
    )
    st.caption(EXAMPLES[example].about)
    if not with_files:
        return False, example
    source = st.segmented_control(
        "The code is", [_TYPED, _FILE], default=_TYPED, key="own.source",
        persist_state="session", required=True,
    )
    return source == _FILE, example


def _edit_code(example: str, on_change: Callable[[], None]) -> str | None:
    st.html(_STYLE)
    with st.container(key="own_code"):
        return st.text_area(
            "Code", value=EXAMPLES[example].code, key=f"own.code {example}", height=_CODE_HEIGHT,
            persist_state="session", on_change=on_change, placeholder="class Net(nn.Module): …",
        )


def _edit_path(on_change: Callable[[], None]) -> str | None:
    return st.text_input(
        "Path", key="own.path", placeholder="/home/you/model.py", persist_state="session",
        autocomplete="off", on_change=on_change,
        help="Python files beside it can be imported. It is read anew at each click.",
    )


def _edit_name(example: str, on_change: Callable[[], None]) -> str:
    key = f"own.name {example}"
    names = list(person.choice(_NAMES, ()))
    chosen = person.choice(key)
    if chosen and chosen not in names:
        names.append(str(chosen))
    found = st.selectbox(
        "Class or variable", names, index=None, key=key, placeholder="the only one",
        accept_new_options=True, persist_state="session", on_change=on_change,
        help="Which model, where the code has several.",
    )
    person.remember(key, found)
    return str(found or "")
