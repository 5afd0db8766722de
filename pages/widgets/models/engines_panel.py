"""The same model by other engines, on demand: they build it and run it, ours does neither."""

import streamlit as st

from core.messages import ThawError
from pages.widgets import notices
from pages.widgets.models import summary_data
from pages.widgets.models.viewed import Viewed

_PRINT = "print(model)"
_ABOUT = {
    "torchsummary": "The package that the lecture uses. It allocates all weights and computes "
    "one forward pass.",
    "torchinfo": "Its successor. It allocates all weights and computes one forward pass; its "
    "multiply-adds miss attention and layers on tokens.",
    _PRINT: "PyTorch's own text: names and settings, no shapes and no totals.",
}


def show(viewed: Viewed) -> None:
    """Draws an engine's text for the architecture as shipped, or why it has none."""
    name, weights, size = viewed.entry.name, viewed.weights, viewed.size
    st.caption("For the model as it ships, with the head that its weights have.")
    engine = st.segmented_control(
        "Engine", list(_ABOUT), key=f"models.engine {name} {weights} {size}",
        label_visibility="collapsed",
    )
    if engine is None:
        return
    st.caption(_ABOUT[engine])
    if engine == _PRINT:
        st.code(summary_data.printed(name, weights), language=None, height=480)
        return
    try:
        text = summary_data.engine_text(engine, name, weights, size)
    except ThawError as error:
        notices.show(error, "warning")
        return
    _show_verdict(engine, text, name, weights, size)
    st.code(text, language=None, height=480)


def _show_verdict(engine: str, text: str, name: str, weights: str, size: int) -> None:
    from core.models.other_engines import judge

    exact = summary_data.summary(name, weights, size, None).totals.params
    verdict = judge(engine, text, name, exact)
    if verdict.total is None:
        st.markdown("Its text states no total.")
    elif verdict.agrees:
        st.markdown(f":green[:material/check:] Parameters {exact:,}: equal to the exact count.")
    else:
        why = f": {verdict.why}" if verdict.why else ""
        st.markdown(f":orange[:material/warning:] Parameters {verdict.total:,}, but there are "
                    f"{exact:,}{why}.")
