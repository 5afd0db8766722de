"""The recipe as a file: out by a download, in by an upload."""

import streamlit as st

from core import recipe as recipes
from core.messages import ThawError
from pages.state import draft, person
from pages.widgets.plain import plain

_UPLOADS = "start.recipe_uploads"  # raised after each, so that the uploader is empty again


def show_download() -> None:
    """Draws the button that saves the draft."""
    recipe = draft.get()
    st.download_button(
        "Save recipe",
        recipe.to_json,
        file_name=f"{_slug(recipe.name) or 'recipe'}.json",
        mime="application/json",
        icon=":material/download:",
        on_click="ignore",
    )


def show_upload() -> None:
    """Draws the way in; a file that is no recipe gets a sentence and changes nothing."""
    count = int(person.choice(_UPLOADS, 0))
    with st.popover("Open recipe", icon=":material/upload_file:"):
        file = st.file_uploader(
            "A recipe as Thaw saves it (JSON)", type="json", key=f"{_UPLOADS}#{count}",
            max_upload_size=1,
        )
    if file is None:
        return
    person.remember(_UPLOADS, count + 1)
    try:
        draft.replace(recipes.from_json(file.getvalue()))
        person.notify(f"{plain(file.name)} is open: everything is set as it says.", "success")
    except ThawError as error:
        for problem in getattr(error, "problems", (error.problem,)):
            person.notify(problem, "error")
    st.rerun()


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())[:60]
