"""The inputs of one's own architecture: code or a file, the shapes of its inputs, which model."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.state import person
from pages.widgets.modules.own_architecture_examples import EXAMPLES

_TYPED, _FILE = "Typed or pasted", "A file on this computer"
_NAMES = "own.names"
_CODE_HEIGHT = 430  # pixels at most: the longest example without scrolling
_LINE_HEIGHT = 21
# Code is code in an input too.
_STYLE = """<style>.st-key-own_code textarea {
  font-family: "Source Code Pro", ui-monospace, monospace; font-size: 0.875rem; line-height: 1.5;
  white-space: pre; overflow-x: auto;
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


def edit(*, with_files: bool) -> tuple[Asked, bool]:
    """Draws the inputs and the button; the inputs keep what they hold over page switches.

    Args:
        with_files: Whether a path on the server's computer may be given.

    Returns:
        What they hold, and whether the button was clicked.
    """
    from_file, example = _edit_source(with_files)
    of_what = _FILE if from_file else example  # each keeps its own settings
    code, settings = st.columns([3, 2], gap="large")
    with code:
        text = "" if from_file else _edit_code(example)
        path = _edit_path() if from_file else ""
    with settings:
        inputs = st.text_input(
            "Input shapes", value=EXAMPLES[example].inputs, key=f"own.inputs {of_what}",
            persist_state="session", autocomplete="off",
            help="Without the batch: a batch of 1 is added. `3x224x224` for a picture, `128:int` "
            "for 128 whole numbers; one shape for each argument of `forward`, with commas between.",
        )
        name = _edit_name(of_what)
        arguments = st.text_input(
            "Arguments of the constructor", key=f"own.arguments {of_what}",
            placeholder="num_classes=10", persist_state="session", autocomplete="off",
            help="Literals, as in a call. Empty for none.",
        )
        clicked = st.button(
            "Summarise", type="primary", icon=":material/play_arrow:", key="own.run"
        )
    return Asked(text, path, inputs or "", name, arguments or ""), clicked


def offer_names(names: Sequence[str]) -> None:
    """Lets the form offer these models of the code."""
    person.remember(_NAMES, tuple(names))


def _edit_source(with_files: bool) -> tuple[bool, str]:
    """Whether the code is in a file, and which example is chosen."""
    source, chosen = st.columns([3, 2], gap="large") if with_files else (None, st.container())
    from_file = source is not None and source.segmented_control(
        "The code is", [_TYPED, _FILE], default=_TYPED, key="own.source",
        persist_state="session", required=True,
    ) == _FILE
    if from_file:
        return True, next(iter(EXAMPLES))
    with chosen:
        example = st.selectbox(
            "Begin with", list(EXAMPLES), key="own.example", persist_state="session",
            help="What you change in one stays there.",
        )
    st.markdown(EXAMPLES[example].about)
    return False, example


def _edit_code(example: str) -> str:
    st.html(_STYLE)
    code = EXAMPLES[example].code
    lines = code.count("\n") or 20  # room for one's own
    with st.container(key="own_code"):
        return st.text_area(
            "Code", value=code, key=f"own.code {example}", persist_state="session",
            height=min(_CODE_HEIGHT, max(280, _LINE_HEIGHT * (lines + 2))),
            placeholder="class Net(nn.Module): …",
        ) or ""


def _edit_path() -> str:
    found = st.text_input(
        "Path", key="own.path", placeholder="/home/you/model.py", persist_state="session",
        autocomplete="off",
        help="Python files beside it can be imported. It is read anew at each click.",
    )
    return (found or "").strip()


def _edit_name(of_what: str) -> str:
    key = f"own.name {of_what}"
    names = list(person.choice(_NAMES, ()))
    chosen = person.choice(key)
    if chosen and chosen not in names:
        names.append(str(chosen))
    found = st.selectbox(
        "Class or variable", names, index=None, key=key, placeholder="the only one",
        accept_new_options=True, persist_state="session",
        help="Which model, where the code has several.",
    )
    person.remember(key, found)
    return str(found or "")
