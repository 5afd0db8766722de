"""What is put in the place of the model's last layer for the chosen data."""

from collections.abc import Sequence

import streamlit as st

from core.models.heads import HeadReplacement


def show(replacements: Sequence[HeadReplacement], classes: int, data: str) -> None:
    """Draws each replaced layer as it was and as it will be.

    Args:
        classes: Of the data set.
        data: Its title.
    """
    st.markdown(
        f"**The head for {data}.** The last layer was made for other classes; a new one with "
        f"{classes} outputs takes its place and starts from random numbers."
    )
    for one in replacements:
        before, arrow, after = st.columns([10, 1, 10], vertical_alignment="center")
        before.code(f"{one.path}: {one.before}", language=None, wrap_lines=True)
        arrow.markdown(":material/arrow_forward:")
        after.code(f"{one.path}: {one.after}", language=None, wrap_lines=True)
