"""Other images to judge a checkpoint on: a folder on this computer, or a zip that is brought."""

import dataclasses

import streamlit as st

from pages.state import person
from pages.widgets.runs.evaluated import Given
from pages.widgets.train import upload_choice

_WAYS = {"folder": "Folder on this computer", "upload": "A zip"}
_WAY, _FOLDER, _UPLOAD = "runs.given way", "runs.given folder", "runs.given upload"
_LOOKS = "runs.given looks"


def edit() -> Given | None:
    """Draws the choice; None while nothing is chosen."""
    kind = st.segmented_control(
        "From", list(_WAYS), default="folder", format_func=_WAYS.get, required=True, key=_WAY,
        persist_state="session", label_visibility="collapsed",
    )
    path = _upload() if kind == "upload" else _folder()
    return Given(kind, path, int(person.choice(_LOOKS, 0))) if path else None


def read_again(before: Given) -> Given:
    """The same images to be read anew: the pictures in the folder may have changed."""
    person.remember(_LOOKS, before.looks + 1)
    return dataclasses.replace(before, looks=before.looks + 1)


def _folder() -> str:
    return st.text_input(
        "Folder", key=_FOLDER, persist_state="session", placeholder="/home/me/my-digits",
        help="With one folder of images for each class, named as the classes of the run (with _ "
        "for /). Other folders are left out. Of folders called train and test the test is judged.",
    ).strip()


def _upload() -> str:
    before, count = str(person.choice(_UPLOAD, "")), int(person.choice(f"{_UPLOAD} count", 0))
    chosen = upload_choice.edit(before, key=f"{_UPLOAD}#{count}")
    if chosen != before:
        person.remember(_UPLOAD, chosen)
        person.remember(f"{_UPLOAD} count", count + 1)  # the choice shows what was brought
        st.rerun()
    return chosen
