"""Which layer is asked: those with maps that the head sees."""

import streamlit as st

from pages.widgets.explain.heat_data import About


def edit(about: About, key: str) -> str:
    """Draws the choice and returns the layer's name.

    Args:
        key: Tells one architecture from another.
    """
    by_name = {layer.name: layer for layer in about.layers if layer.reaches}
    names = list(reversed(by_name))

    def words(name: str) -> str:
        layer = by_name[name]
        return f"{name} · {layer.size[0]} × {layer.size[1]} · {layer.type}"

    return st.selectbox(
        "Layer", names, index=names.index(about.default), format_func=words,
        key=f"explain.layer {key}", persist_state="session",
        help="The last ones come first. Late layers know what belongs to a class and see coarsely, "
        "early ones see finely and know little. Type to search.",
    )
