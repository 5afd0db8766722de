"""What belongs to a module: layers in a list or made in forward, buffers and attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pages.widgets.modules import exercises_data

if TYPE_CHECKING:
    from core.models.exercises.registration import Registration

HOLDERS = {
    "list": "plain list", "module_list": "nn.ModuleList", "in_forward": "made in forward",
}
_WHAT = {
    "list": "**The model computes, and PyTorch knows nothing of its layers.** A list is no "
    "module: the optimizer gets no parameter, a checkpoint is empty, `.to()` leaves the layers "
    "where they are.",
    "module_list": "**`nn.ModuleList` registers what is in it.** Everything that walks over the "
    "model finds the layers.",
    "in_forward": "**New random layers at every call.** The optimizer was made before there "
    "were any; what it would have trained is thrown away at the next call, and one input gives "
    "two outputs.",
}
_KINDS = {
    "weight": "nn.Parameter", "frozen": "nn.Parameter, frozen", "mean": "buffer",
    "cache": "buffer, not persistent", "plain": "plain attribute",
}
_MARK = {True: "✓", False: "–"}


def show() -> None:
    """Draws both parts."""
    st.markdown(
        "`self.name = layer` registers a layer, because `nn.Module` watches its attributes. It "
        "does not look into a list. Compare the columns: the same layers, held in three ways."
    )
    holder, found = _edit()
    _show_verdict(holder)
    code, table = st.columns(2, gap="large")
    with code:
        st.subheader("What ran", anchor=False)
        chosen = next(one for one in found if one.holder == holder)
        st.code(chosen.code, language="python", wrap_lines=True)
        st.code(f">>> print(model)\n{chosen.text}", language=None, wrap_lines=True)
        if chosen.optimizer_error:
            st.code(
                ">>> torch.optim.SGD(model.parameters(), lr=0.1)\n" + chosen.optimizer_error,
                language=None, wrap_lines=True,
            )
    with table:
        st.subheader("What PyTorch finds", anchor=False)
        _show_found(found)
    st.divider()
    _show_kinds()


def _edit() -> tuple[str, tuple[Registration, ...]]:
    holder_at, width_at, depth_at = st.columns([4, 3, 3], gap="medium")
    holder = holder_at.segmented_control(
        "The layers are in", list(HOLDERS), default="list", required=True,
        format_func=HOLDERS.get, key="modules.held.holder", persist_state="session",
    )
    width = width_at.slider("Width", 1, 64, 8, key="modules.held.width", persist_state="session")
    depth = depth_at.slider("Layers", 1, 8, 3, key="modules.held.depth", persist_state="session")
    return holder, exercises_data.registrations(width, depth)


def _show_verdict(holder: str) -> None:
    if holder == "module_list":
        st.success(_WHAT[holder], icon=":material/check_circle:")
    else:
        st.warning(_WHAT[holder], icon=":material/warning:")


def _show_found(found: tuple[Registration, ...]) -> None:
    facts = [_facts(one) for one in found]
    st.table(
        pd.DataFrame(
            [
                {"": name, **{HOLDERS[one.holder]: fact[name]
                              for one, fact in zip(found, facts, strict=True)}}
                for name in facts[0]
            ]
        ),
        border="horizontal", hide_index=True,
    )


def _facts(one: Registration) -> dict[str, str]:
    moved = "no layers" if one.moved is None else "converted" if one.moved else "left behind"
    return {
        "`parameters()`": f"{one.params:,}",
        "`parameters()` after a forward": f"{one.params_after_forward:,}",
        "`state_dict()`": f"{len(one.saved)} tensors",
        "`.to(torch.float64)`": moved,
        "`torch.optim.SGD`": "refuses" if one.optimizer_error else "takes them",
        "one input, two outputs": "equal" if one.same_twice
        else f"differ by {one.largest_change:.3f}",
    }


def _show_kinds() -> None:
    st.subheader("Parameter, buffer or attribute", anchor=False)
    st.markdown(
        "A parameter is learned and saved. A buffer is saved and moves along, and nobody learns "
        "it: BatchNorm's statistics are buffers. A plain attribute is left behind."
    )
    source, kinds = exercises_data.tensor_kinds()
    code, table = st.columns(2, gap="large")
    code.code(source, language="python", wrap_lines=True)
    table.table(
        pd.DataFrame(
            [
                {
                    "tensor": f"`{kind.name}`",
                    "kind": _KINDS[kind.name],
                    "parameters()": _MARK[kind.in_parameters],
                    "state_dict()": _MARK[kind.in_state_dict],
                    ".to()": _MARK[kind.moved],
                    "SGD step": _MARK[kind.stepped],
                }
                for kind in kinds
            ]
        ),
        border="horizontal", hide_index=True,
    )
