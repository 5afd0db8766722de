"""What a person should know about their images: files left out, and notices."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.data.describe import DataInfo
from core.messages import Problem
from pages.state.language import say
from pages.widgets.plain import plain

_SHOWN = 3


def show(info: DataInfo) -> None:
    """Draws both, if there are any."""
    if info.notices:
        st.warning(_few(info.notices), icon=":material/warning:")
    if info.left_out:
        count = len(info.left_out)
        with st.expander("One file was left out" if count == 1 else f"{count:,} left out"):
            # A table shows names as they are, and as many as there are.
            frame = pd.DataFrame({"why": [say(problem) for problem in info.left_out]})
            st.dataframe(frame, hide_index=True, height=min(36 * len(frame) + 38, 240))


def _few(problems: Sequence[Problem]) -> str:
    said = [plain(say(problem)) for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        said.append(f"And {len(problems) - _SHOWN} more like these.")
    return "  \n".join(said)
