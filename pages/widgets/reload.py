"""The tab keeps the draft, so that a reload, or a server started anew, does not lose it."""

import streamlit as st

from core import recipe_link
from pages.state import draft, person, reload

_KEY = "thaw-reload"
_STYLE = f"<style>:has(> .st-key-{_KEY}):not(.stVerticalBlock) {{display: none}}</style>"  # no gap
# sessionStorage: each tab has its own, and it ends with the tab.
_mount = st.components.v2.component(
    "thaw_reload",
    js="""
const PLACE = "thaw.draft";
let sameVisit = performance.getEntriesByType("navigation")[0]?.type !== "navigate";

export default function ({ data, setStateValue }) {
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(PLACE)); } catch { /* none is kept */ }
  if (kept && kept.session !== data.session && !data.settled) {
    // Whoever opens a link once more, and does not reload its page, wants what it sets.
    setStateValue("kept", { recipe: kept.recipe, opened: sameVisit ? kept.opened : null });
  } else {
    try { sessionStorage.setItem(PLACE, JSON.stringify(data)); } catch { /* not allowed */ }
  }
  sameVisit = true;
}
""",
)


def keep() -> None:
    """Brings back what the tab kept of a session before, and has it keep the draft of this one."""
    with st.container(key=_KEY):
        st.html(_STYLE)
        result = _mount(
            key="thaw-reload.tab",
            data={
                "session": reload.session(),
                "settled": reload.is_settled(),
                "recipe": recipe_link.to_link(draft.get()),
                "opened": person.opened_link() or "",
            },
            on_kept_change=lambda: None,
        )
    reload.take(result.kept)
