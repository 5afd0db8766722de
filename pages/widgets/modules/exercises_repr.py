"""`model.apply(add_repr)`: what each module says of itself in `repr(model)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.models.exercises.line_pairs import pair_lines
from core.models.exercises.names import FAMILIES, SMALL
from pages.widgets.modules import exercises_data, repr_diff

if TYPE_CHECKING:
    from core.models.exercises.extra_repr import ReprChange

TEXTS = {
    "parameters": "its own parameters",
    "shape": "the shape of its last output",
    "state": "frozen or trainable",
    "name": "its dotted name",
}
TYPES = ("Conv2d", "Linear", "BatchNorm2d", "LayerNorm", "ReLU", "Sequential")
WAYS = {
    "partial": "partial",
    "loop": "lambda in a loop",
    "unbound": "nothing bound",
}
_WHY = {
    "partial": "`repr` calls `module.extra_repr()` with no argument: a function that is set on "
    "an instance gets no `self`. `partial(text, module)` is that function with its module "
    "already inside.",
    "loop": "**Every line shows the last module.** The lambda looks `module` up when `repr` calls "
    "it, and by then the loop has ended: all lambdas share one variable (late binding). "
    "`partial` takes the module's value when it is made.",
    "unbound": "**The text has no module.** `repr` calls `module.extra_repr()` with no argument, "
    "and nothing has put one in.",
}


def show() -> None:
    """Draws the exercise."""
    st.markdown(
        "`print(model)` asks each module for its `extra_repr()`. Give the modules another one "
        "with `model.apply`, and look at which lines change. Then set it the wrong way."
    )
    model, text, types, way, keep_own = _edit()
    change = exercises_data.repr_change(model, text, types, way, keep_own)
    _show_verdict(change, types, way)
    if change.after:
        repr_diff.show(pair_lines(change.before, change.after))
    code, order = st.columns([3, 2], gap="large")
    with code:
        st.subheader("What ran", anchor=False)
        st.code(change.code, language="python", wrap_lines=True)
    with order:
        _show_order(change, way)


def _edit() -> tuple[str, str, tuple[str, ...], str, bool]:
    model_at, text_at, types_at = st.columns([2, 2, 3])
    names = [*SMALL, *FAMILIES]
    model = model_at.selectbox(
        "Model", names, format_func=lambda name: SMALL.get(name, name),
        key="modules.repr.model", persist_state="session",
    )
    text = text_at.selectbox(
        "Each module says", list(TEXTS), format_func=TEXTS.get, key="modules.repr.text",
        persist_state="session",
    )
    types = types_at.multiselect(
        "Applied to", TYPES, default=["Conv2d", "Linear"], placeholder="Every module",
        format_func="nn.{}".format, key="modules.repr.types", persist_state="session",
    )
    way_at, keep_at = st.columns([4, 3], vertical_alignment="bottom")
    way = way_at.segmented_control(
        "How the module gets into the text", list(WAYS), default="partial", required=True,
        format_func=WAYS.get, key="modules.repr.way", persist_state="session",
    )
    keep_own = keep_at.toggle(
        "Keep what its class says", value=True, key="modules.repr.keep",
        persist_state="session",
        help="`extra_repr` of the class gives `in_features=…`; off, the new text replaces it.",
    )
    return model, text, tuple(types), way, keep_own


def _show_verdict(change: ReprChange, types: tuple[str, ...], way: str) -> None:
    if not change.changed:
        asked = " or ".join(f"`nn.{one}`" for one in types)
        st.warning(f"This model has no {asked}: nothing changed.", icon=":material/search_off:")
    elif way == "partial":
        st.success(_WHY[way], icon=":material/check_circle:")
    else:
        st.warning(_WHY[way], icon=":material/warning:")
    if change.error:
        st.code(f">>> print(model)\n{change.error}", language=None, wrap_lines=True)


def _show_order(change: ReprChange, way: str) -> None:
    st.subheader("In this order", anchor=False)
    if way == "loop":
        st.markdown("`model.modules()` gives the model **first**, then what is in it.")
    else:
        st.markdown("`model.apply` visits children first and the model itself **last**.")
    visited = pd.DataFrame({"module": [name or "the model" for name in change.visited]})
    visited.index += 1
    st.dataframe(visited, height=min(528, 38 + 35 * len(visited)))
