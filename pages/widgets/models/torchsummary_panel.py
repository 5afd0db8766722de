"""torchsummary's own text, on demand: it builds the model and runs it, ours does neither."""

import streamlit as st

from core.messages import ThawError
from pages.widgets import notices
from pages.widgets.models import summary_data


def show(name: str, weights: str, size: int) -> None:
    """Draws the text for the architecture as shipped, or why torchsummary has none.

    Args:
        size: Side of the input in pixels.
    """
    with st.expander("The same by torchsummary", icon=":material/article:"):
        st.caption(
            "The package that the lecture uses. It allocates all weights and computes one "
            "forward pass, for the model as it ships, with the head that its weights have."
        )
        if not st.toggle("Run torchsummary", key=f"models.torchsummary {name} {weights} {size}"):
            return
        try:
            st.code(summary_data.torchsummary_text(name, weights, size), language=None)
        except ThawError as error:
            notices.show(error, "warning")
