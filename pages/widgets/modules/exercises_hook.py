"""A forward hook that replaces a layer's output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pages.widgets.modules import exercises_data

if TYPE_CHECKING:
    from core.models.exercises.forward_hook import HookRun

HOOKS = {
    "value": "returns a value",
    "none": "returns None",
    "tuple": "forgets that input is a tuple",
    "input": "a pre-hook changes the input",
    "then_double": "two hooks: replace, then double",
    "double_then": "two hooks: double, then replace",
}
_WHAT = {
    "value": "What the hook returns **takes the place of the output**. The layer's own weight "
    "has computed, and its result is thrown away.",
    "none": "A hook that returns None **only looks**: the output stays as it is.",
    "tuple": "**The hook raises, and so does `layer(x)`.** `input` is the tuple of all "
    "positional arguments, even of one: take `input[0]`.",
    "input": "A pre-hook runs before `forward`. What it returns **takes the place of the input**, "
    "and the layer's own weight computes with it.",
    "then_double": "Hooks run in the order in which they were registered. The second is given "
    "**what the first returned**, and doubles it.",
    "double_then": "Hooks run in the order in which they were registered. The second never looks "
    "at the output it is given, so **the doubling is lost**.",
}


def show() -> None:
    """Draws the exercise."""
    st.markdown(
        "A forward hook runs after `forward`, inside `layer(x)`. Compare the output before, with "
        "the hook, and after `handle.remove()`. Note that `layer.forward(x)` runs no hook."
    )
    run, hook = _edit()
    code, results = st.columns(2, gap="large")
    with code:
        st.subheader("What ran", anchor=False)
        st.code(run.code, language="python", wrap_lines=True)
    with results:
        st.subheader("What came out", anchor=False)
        st.markdown(_WHAT[hook])
        _show_outputs(run)
        _show_held(run)


def _edit() -> tuple[HookRun, str]:
    hook_at, kind_at, seed_at = st.columns([4, 4, 2], gap="medium")
    hook = hook_at.selectbox(
        "The hook", list(HOOKS), format_func=HOOKS.get, key="modules.hook.hook",
        persist_state="session",
    )
    kind = kind_at.segmented_control(
        "W and b are", ["nn.Parameter", "plain tensors"], default="nn.Parameter", required=True,
        key="modules.hook.kind", persist_state="session",
    )
    seed = seed_at.number_input(
        "Seed", 0, 10_000, 0, key="modules.hook.seed", persist_state="session",
        help="Of `torch.manual_seed`: the same seed gives these numbers in your notebook too.",
    )
    inputs_at, outputs_at, scale_at = st.columns(3, gap="medium")
    inputs = inputs_at.slider(
        "Inputs", 1, 8, 4, key="modules.hook.inputs", persist_state="session"
    )
    outputs = outputs_at.slider(
        "Outputs", 1, 6, 3, key="modules.hook.outputs", persist_state="session"
    )
    scale = scale_at.slider(
        "Scale of W", 0.0, 3.0, 1.0, 0.1, key="modules.hook.scale", persist_state="session"
    )
    run = exercises_data.hook_run(
        int(seed), inputs, outputs, scale, kind == "nn.Parameter", hook
    )
    return run, hook


def _show_outputs(run: HookRun) -> None:
    if run.error:
        st.code(f">>> layer(x)\n{run.error}", language=None, wrap_lines=True)
    st.table(_outputs(run), border="horizontal", hide_index=True)
    again = "After `remove()` it is the old one again, bit for bit." * (run.before == run.after)
    st.caption(f"The output for two samples, a row each. {again}")


def _outputs(run: HookRun) -> pd.DataFrame:
    """A row a sample and moment, a column an output."""
    difference = tuple(
        tuple(new - old for new, old in zip(*rows, strict=True))
        for rows in zip(run.hooked, run.before, strict=True)
    ) if run.hooked else ()
    parts = {
        "**before**": run.before, "**with the hook**": run.hooked, "difference": difference,
        "`layer.forward(x)`": run.forward, "**after remove()**": run.after,
    }
    rows = [
        {"": name if not number else "",
         **{f"out {place}": value for place, value in enumerate(values)}}
        for name, sample in parts.items() for number, values in enumerate(sample)
    ]
    return pd.DataFrame(rows)


def _show_held(run: HookRun) -> None:
    st.markdown("What the layer knows of its tensors, and which of them a backward pass through "
                "the hooked output reaches:")
    mark = {True: "✓", False: "–"}
    st.table(
        pd.DataFrame(
            [
                {
                    "tensor": f"`layer.{one.name}`",
                    "shape": " × ".join(map(str, one.shape)),
                    "parameters()": mark[one.in_parameters],
                    "state_dict()": mark[one.in_state_dict],
                    "gradient": mark[one.gradient],
                }
                for one in run.held
            ]
        ),
        border="horizontal", hide_index=True,
    )
    if run.backward_error:
        st.code(f">>> hooked.sum().backward()\n{run.backward_error}", language=None,
                wrap_lines=True)
        st.caption("Nothing in the hooked output requires a gradient: the layer's weight is "
                   "thrown away, and W is no `nn.Parameter`.")
