"""A whole script: what it promises, to take home, section by section."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.recipe import Recipe
from pages.state import mirror
from pages.widgets.code import section_view

if TYPE_CHECKING:
    from core.script import Script

_PAGES = {
    "models": ("pages/models.py", "Models"),
    "layers": ("pages/layers.py", "Layers"),
    "batches": ("pages/batches.py", "Batches"),
    "train": ("pages/train.py", "Train"),
}


def show(recipe: Recipe, script: Script, name: str, *, is_draft: bool) -> None:
    """Draws the script.

    Args:
        name: Of the files that are taken home.
        is_draft: Whether the pages change it, so that changes are marked.
    """
    from core.script import notebook_of

    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Script (.py)", script.text, file_name=f"{name}.py", mime="text/x-python",
            icon=":material/download:", type="primary", on_click="ignore", key="code.py",
        )
        st.download_button(
            "Notebook (.ipynb)", notebook_of(script), file_name=f"{name}.ipynb",
            mime="application/x-ipynb+json", icon=":material/menu_book:", on_click="ignore",
            key="code.ipynb",
        )
        st.download_button(
            "Recipe (.json)", recipe.to_json(), file_name=f"{name}.json",
            mime="application/json", icon=":material/data_object:", on_click="ignore",
            key="code.json",
        )
    st.markdown(script.about.partition("\n\n")[2].replace("\n", " "))
    sections = {one.title: one.text for one in script.sections}
    before = mirror.before("draft", sections) if is_draft else sections
    with st.expander("Imports", icon=":material/input:"):
        st.code(script.imports, language="python")
    for section in script.sections:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(section.title, anchor=False, width="content")
            if is_draft:
                path, label = _PAGES[section.page]
                st.page_link(path, label=label, icon=":material/edit:")
        section_view.show(section.text, before.get(section.title))
