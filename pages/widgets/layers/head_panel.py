"""The new head: which kind, what belongs to it, and the layers that it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core import recipe as recipes
from core.messages import ThawError
from core.models import heads
from core.models.catalogue import NO_WEIGHTS
from core.recipe import HeadKind, Recipe
from pages.state import draft
from pages.state.language import say
from pages.widgets import field_words, fields
from pages.widgets.models import model_view
from pages.widgets.plain import plain

if TYPE_CHECKING:
    from core.models.summary import Summary
    from core.models.summary_rows import Row

_WHAT: dict[HeadKind, str] = {
    "linear": "One layer in the place of the model's last one.",
    "mlp": "Hidden layers and a last one in the place of the model's last one.",
    "family": "The classifier as its family builds it, all of it with fresh weights.",
    "append": "The model keeps its own outputs, with their weights, and a new layer learns from "
    "these: the lecture's `linear_layers`.",
}
_DRAWN = ("Linear", "Conv2d")


def edit() -> None:
    """Draws the inputs; every one is bound to the draft."""
    _edit_kind()
    # What is half typed has to be put right wherever it stands, so it must be seen.
    if draft.get().head.kind == "mlp" or draft.problem("head.hidden"):
        left, right = st.columns(2)
        with left:
            fields.text("head.hidden")
        with right:
            fields.choice("head.activation")
    left, right = st.columns(2)
    with left:
        fields.number("head.dropout")
    with right:
        fields.choice("head.init", show=_init)
    fields.choice("head.outputs")


def _init(value: object) -> str:
    return "PyTorch's default" if value == "default" else field_words.choice(value)


def _edit_kind() -> None:
    kinds = list(recipes.choices_of("head.kind"))
    st.radio(
        field_words.label("head.kind"), kinds, index=kinds.index(draft.value("head.kind")),
        format_func=field_words.choice, horizontal=True, key=draft.key("head.kind"),
        on_change=draft.take, args=("head.kind",), label_visibility="collapsed",
    )
    recipe = draft.get()
    name, kind = recipe.model.name, recipe.head.kind
    if kind == "family" and heads.is_one_layer(name):
        st.caption(f"The classifier of {name} is one layer, so this is the same as "
                   f"“{field_words.choice('linear')}”.")
    else:
        st.caption(_WHAT[kind])


def show(recipe: Recipe, summary: Summary) -> None:
    """Draws the new layers as the model has them, and what is to be known of them."""
    _show_problem(recipe, summary)
    paths = set(model_view.head_of(summary))
    inner = paths | {f"{path}.1" for path in paths}  # where a new dropout stands around it
    new = [row for row in summary.rows if row.name in inner and row.own]
    st.table(
        pd.DataFrame(
            [
                {
                    "new layer": f"`{row.name}`",
                    "type": row.type,
                    "in → out": f"{_shape(row.input)} → {_shape(row.output)}",
                    "parameters": f"{row.params:,}",
                }
                for row in new
            ]
        ),
        border="horizontal", hide_index=True,
    )
    for note in _notes(recipe, summary, new):
        st.caption(note)
    chain = [row for row in new if row.type in _DRAWN and not _is_auxiliary(row)]
    if summary.new_head.init == "zeros" and len(chain) > 1:
        st.warning(
            "With zeros in all of its layers a deep head hands on zeros, forwards and backwards: "
            "at most its last bias will ever move.", icon=":material/warning:",
        )


def _show_problem(recipe: Recipe, summary: Summary) -> None:
    """Why the head can't be as it was chosen; the layers are shown with one output a class."""
    try:
        if summary.num_classes and summary.new_head != recipe.head:
            heads.outputs_of(recipe.model.name, recipe.head, summary.num_classes)
    except ThawError as error:
        st.markdown(f":red[:material/error: {plain(say(error))}]")


def _notes(recipe: Recipe, summary: Summary, new: list[Row]) -> list[str]:
    head, notes = summary.new_head, []
    if head.outputs == "one_logit":
        notes.append("The sigmoid of the one output is the probability of the second class; the "
                     "loss is `binary_cross_entropy_with_logits`.")
    random = recipe.model.weights == NO_WEIGHTS or recipe.freeze.preset == "from_scratch"
    if head.kind == "append":
        notes.append(
            "The model's own outputs are random numbers here: nothing was learned that they could "
            "keep." if random else
            "The model's own last layer keeps its weights; under a linear probe it stays frozen."
        )
    if head.dropout and head.kind == "mlp":
        notes.append("Dropout stands behind each activation, and in front of the head where the "
                     "model has one there.")
    if any(_is_auxiliary(row) for row in new) and head.kind in ("mlp", "family"):
        notes.append("Auxiliary heads get one new last layer each.")
    return notes


def _is_auxiliary(row: Row) -> bool:
    return row.name.lower().startswith("aux")


def _shape(shape: tuple[int, ...]) -> str:
    """Channels or features alone; "–" of a layer that one forward pass in eval() does not run."""
    return f"{shape[0]:,}" if shape else "–"
