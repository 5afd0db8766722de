"""Thaw's entry: page config, the link that opened it, navigation."""

import streamlit as st

from pages.widgets import deep_link, look, notices, reload
from pages.widgets.experiment import keeper

st.set_page_config(
    page_title="Thaw", page_icon="static/mark.svg", layout="wide", initial_sidebar_state="auto"
)
look.show()
st.logo("static/logo.svg", size="large", icon_image="static/mark.svg")

page = st.navigation(
    {
        "": [st.Page("pages/start.py", title="Start", icon=":material/home:", default=True)],
        "Prepare": [
            st.Page("pages/models.py", title="Models", icon=":material/deployed_code:"),
            st.Page("pages/modules.py", title="Modules", icon=":material/data_object:"),
            st.Page("pages/layers.py", title="Layers", icon=":material/layers:"),
            st.Page("pages/batches.py", title="Batches", icon=":material/grid_view:"),
        ],
        "Train": [
            st.Page("pages/train.py", title="Train", icon=":material/show_chart:"),
            st.Page("pages/experiment.py", title="Experiment", icon=":material/science:"),
            st.Page("pages/sweep.py", title="Sweep", icon=":material/grid_on:"),
            st.Page("pages/runs.py", title="Runs", icon=":material/stacked_line_chart:"),
            st.Page("pages/explain.py", title="Explain", icon=":material/visibility:"),
            st.Page("pages/code.py", title="Code", icon=":material/code:"),
        ],
    }
)
deep_link.open_link()
reload.bring_back()
keeper.look()
notices.show_waiting()
with notices.guarded():
    page.run()
reload.keep()
