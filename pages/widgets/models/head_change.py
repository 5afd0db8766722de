"""What the new head does to the model's last layers for the chosen data."""

from collections.abc import Sequence

import streamlit as st

from core.models.heads import HeadReplacement
from core.recipe import HeadKind

_WHAT: dict[HeadKind, str] = {
    "linear": "The last layer was made for other classes; a new one with {outputs} takes its "
    "place and starts from random numbers.",
    "mlp": "The last layer was made for other classes; hidden layers and a new last one with "
    "{outputs} take its place and start from random numbers.",
    "family": "The model's own classifier was made for other classes; it stays as it is built, "
    "with {outputs}, and starts anew from random numbers.",
    "append": "The model keeps its own outputs with their weights; behind them a new layer with "
    "{outputs} starts from random numbers.",
}


def show(
    replacements: Sequence[HeadReplacement], outputs: int, data: str, kind: HeadKind
) -> None:
    """Draws each layer that changes, as it was and as it will be.

    Args:
        outputs: Of the new last layer.
        data: Title of the data set.
    """
    counted = f"{outputs} output{'s' if outputs != 1 else ''}"
    st.markdown(f"**The head for {data}.** {_WHAT[kind].format(outputs=counted)}")
    for one in replacements:
        before, arrow, after = st.columns([10, 1, 10], vertical_alignment="center")
        if one.before:
            before.code(f"{one.path}: {one.before}", language=None, wrap_lines=True)
        else:
            before.markdown("nothing")
        arrow.markdown(":material/arrow_forward:")
        drawn = " (drawn anew)" if one.before == one.after else ""
        after.code(f"{one.path}: {one.after}{drawn}", language=None, wrap_lines=True)
