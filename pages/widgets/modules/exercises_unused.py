"""The classic mistake `vgg.fc = nn.Linear(1000, 1)`: a layer that no forward uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.models.exercises.names import FAMILIES, GUESSES
from pages.widgets.modules import exercises_data

if TYPE_CHECKING:
    from core.models.exercises.unused import NewLayer, UnusedLayer

_CASES = {
    "shipped": "as it ships",
    "guessed": "**your guess:**",
    "replaced": "mended:",
    "appended": "mended:",
}


def show() -> None:
    """Draws the exercise."""
    st.markdown(
        "Setting an attribute registers a layer: `parameters()` has it at once. But `forward` "
        "runs what its author wrote, by the names that the author chose. Guess the name of the "
        "last layer, and look at the output's shape."
    )
    model, guess, outputs, freeze = _edit()
    found = exercises_data.unused_layer(model, guess, outputs, freeze)
    _show_verdict(found)
    _show_cases(found)
    _show_backward(found.cases[1])
    code, rows = st.columns([4, 5], gap="large")
    with code:
        st.subheader("What ran", anchor=False)
        st.code(found.code, language="python", wrap_lines=True)
        st.markdown(_mended(found))
        st.caption("Thaw builds the models without storage: shapes and graph are real, and no "
                   "weight is loaded.")
    if found.rows:
        with rows:
            _show_rows(found)


def _edit() -> tuple[str, str, int, bool]:
    model_at, guess_at, outputs_at, freeze_at = st.columns(
        [3, 4, 3, 3], gap="medium"
    )
    model = model_at.selectbox(
        "Model", FAMILIES, key="modules.unused.model", persist_state="session"
    )
    guess = guess_at.segmented_control(
        "The last layer is called", GUESSES, default="fc", required=True,
        key="modules.unused.guess", persist_state="session",
    )
    outputs = outputs_at.slider(
        "Outputs wanted", 1, 10, 1, key="modules.unused.outputs", persist_state="session"
    )
    rest = freeze_at.segmented_control(
        "The model itself is", ["frozen", "trainable"], default="frozen", required=True,
        key="modules.unused.rest", persist_state="session",
        help="Frozen by `requires_grad_(False)`, as for a linear probe.",
    )
    return model, guess, outputs, rest == "frozen"


def _show_verdict(found: UnusedLayer) -> None:
    shipped, guessed = found.cases[:2]
    if guessed.error:
        st.error(
            "**The name was right, the layer is not.** The model has a module of that name, and "
            "the new layer took its place: it gets what went into the old one.",
            icon=":material/error:",
        )
        st.code(f">>> model(x)\n{guessed.error}", language=None, wrap_lines=True)
        return
    more = guessed.params - shipped.params
    st.warning(
        f"**Nothing happened, and no error says so.** {more:,} parameters more, and the output "
        f"still has the shape {_shape(guessed)}: no forward uses the new layer.",
        icon=":material/warning:",
    )


def _show_cases(found: UnusedLayer) -> None:
    st.table(
        pd.DataFrame(
            [
                {
                    "": f"{_CASES[case.case]} `{case.line}`" if case.line
                    else _CASES[case.case],
                    "output": _shape(case),
                    "parameters": f"{case.params:,}",
                    ":orange[trainable]": f"{case.trainable:,}",
                    "reached by a gradient": f"{case.reached:,}",
                }
                for case in found.cases
            ]
        ),
        border="horizontal", hide_index=True,
    )


def _show_backward(guessed: NewLayer) -> None:
    if guessed.backward_error:
        st.markdown("With the model frozen your guess can't even be trained: nothing in the "
                    "graph of the output requires a gradient.")
        st.code(f">>> model(x).sum().backward()\n{guessed.backward_error}", language=None,
                wrap_lines=True)


def _mended(found: UnusedLayer) -> str:
    replaced, appended = found.cases[2:]
    features, classes = found.features, found.cases[0].output[0]
    return (
        f"Two ways mend it. **In the place of the last layer** (`{replaced.line}`) the new layer "
        f"learns from the {features:,} features. **Behind the model** (`{appended.line}`) it "
        f"learns from the {classes:,} outputs that the model ships with."
    )


def _show_rows(found: UnusedLayer) -> None:
    st.subheader("Its modules with the guess in it", anchor=False)
    st.table(
        pd.DataFrame(
            [
                {
                    "module": (f"`{row.name}`" if row.name else "whole model")
                    + (" :red[:material/block: unused]" if row.use == "unused" else ""),
                    "type": row.type,
                    "output": " × ".join(map(str, row.output)) or "–",
                    "parameters": f"{row.total_params:,}",
                }
                for row in found.rows
            ]
        ),
        border="horizontal", hide_index=True,
    )
    if sum(row.use == "unused" for row in found.rows) > 1:
        st.caption("An auxiliary head runs only while the model trains; this is a forward pass in "
                   "`eval()`.")


def _shape(case: NewLayer) -> str:
    if case.error:
        return "raises"
    sides = ", ".join(map(str, case.output))
    return f"({sides},)" if len(case.output) == 1 else f"({sides})"
