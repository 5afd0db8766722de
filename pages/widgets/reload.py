"""The tab keeps the draft, so that a reload, or a server started anew, does not lose it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core import recipe_link
from pages.state import draft, person, reload

_KEY = "thaw-reload"
_STYLE = f"<style>:has(> [class*='st-key-{_KEY}']):not(.stVerticalBlock) {{display: none}}</style>"
# sessionStorage: each tab has its own, and it ends with the tab.
_mount = st.components.v2.component(
    "thaw_reload",
    js="""
const PLACE = "thaw.draft";
let sameVisit = performance.getEntriesByType("navigation")[0]?.type !== "navigate";

export default function ({ data, setStateValue }) {
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(PLACE)); } catch { /* none is kept */ }
  const asked = kept && kept.session !== data.session && !data.settled;
  if (data.recipe) {
    if (asked) return; // what is kept is not taken yet
    try { sessionStorage.setItem(PLACE, JSON.stringify(data)); } catch { /* not allowed */ }
  } else {
    // Whoever opens a link once more, and does not reload its page, wants what it sets.
    const opened = sameVisit ? kept?.opened : null;
    if (asked) setStateValue("kept", { recipe: kept.recipe, opened, asked: data.session });
    sameVisit = true;
  }
}
""",
)


def bring_back() -> None:
    """Takes what the tab kept of a session before; called before a page is drawn."""
    reload.take(_mounted("ask", {}).kept)


def keep() -> None:
    """Has the tab keep the draft as the page left it; called behind the page."""
    recipe, opened = recipe_link.to_link(draft.get()), person.opened_link() or ""
    _mounted("keep", {"recipe": recipe, "opened": opened})


def _mounted(what: str, data: Mapping[str, str]) -> Any:
    with st.container(key=f"{_KEY}-{what}"):
        st.html(_STYLE)
        return _mount(
            key=f"{_KEY}.{what}",
            data={"session": reload.session(), "settled": reload.is_settled(), **data},
            on_kept_change=lambda: None,
        )
