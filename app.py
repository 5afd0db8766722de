"""Thaw's entry: page config, the link that opened it, navigation."""

from pathlib import Path

import streamlit as st

from pages.widgets import deep_link, notices

st.set_page_config(
    page_title="Thaw", page_icon="static/mark.svg", layout="wide", initial_sidebar_state="auto"
)
st.logo("static/logo.svg", size="large", icon_image="static/mark.svg")

PAGES = {
    "": [("start", "Start", ":material/home:")],
    "Prepare": [
        ("models", "Models", ":material/deployed_code:"),
        ("layers", "Layers", ":material/layers:"),
        ("batches", "Batches", ":material/grid_view:"),
    ],
    "Train": [
        ("train", "Train", ":material/show_chart:"),
        ("runs", "Runs", ":material/stacked_line_chart:"),
    ],
}

page = st.navigation(
    {
        section: [
            st.Page(f"pages/{name}.py", title=title, icon=icon, default=name == "start")
            for name, title, icon in entries
            if Path(__file__).with_name("pages").joinpath(f"{name}.py").is_file()
        ]
        for section, entries in PAGES.items()
    }
)
deep_link.open_link()
notices.show_waiting()
with notices.guarded():
    page.run()
