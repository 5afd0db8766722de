"""Where things lie on this computer, and how much room each may take."""

import pandas as pd
import streamlit as st

from core import places
from pages.widgets import sizes


def show() -> None:
    """Draws one row a place."""
    usage = _usage()
    frame = pd.DataFrame(
        {
            "what": [place.name for place in usage],
            "takes": [sizes.of_bytes(place.bytes) for place in usage],
            "of": [sizes.of_bytes(place.bound) for place in usage],
            "filled": [100 * place.bytes / place.bound for place in usage],
            "where": [str(place.path) for place in usage],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        column_config={
            "filled": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100),
            "where": st.column_config.TextColumn(width="large"),
        },
    )


@st.cache_data(ttl=30, show_spinner=False)  # it walks through every file below the root
def _usage() -> list[places.PlaceUsage]:
    return places.usage()
