"""A run that was just started is drawn at the top: the window goes up to it, once."""

import streamlit as st

from core.runs.folder import Run
from pages.state import person

_BEGUN = "train.begun"
_KEY = "thaw-bring-up"
_STYLE = f"<style>:has(> .st-key-{_KEY}):not(.stVerticalBlock) {{display: none}}</style>"
_mount = st.components.v2.component(
    "thaw_bring_up",
    js="""
const shown = new Set(); // of this visit: the component is mounted anew with each page

export default function ({ data }) {
  if (shown.has(data.run)) return;
  shown.add(data.run);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  document.querySelector("[data-testid=stMain]")
    ?.scrollTo({ top: 0, behavior: still ? "auto" : "smooth" });
}
""",
)


def remember(run: Run) -> None:
    """Called where a person started the run, perhaps far below its place."""
    person.remember(_BEGUN, run.id)


def show(run: Run) -> None:
    """Brings the window up if this is the run that was just started; takes no room."""
    if person.choice(_BEGUN) != run.id:
        return
    with st.container(key=_KEY):
        st.html(_STYLE)
        _mount(key=f"{_KEY}.mount", data={"run": run.id})
