"""Which picture runs through the model: a sample, an own file, or one of the camera."""

import streamlit as st

from core.explain.samples import SAMPLES
from pages.widgets.inside.inside_data import Source

_SAMPLE, _OWN, _CAMERA = "Sample", "Your own", "Camera"
_TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
_MB = 20  # of one picture
_BY_NAME = {sample.name: sample for sample in SAMPLES}


def edit(*, reads_letters: bool) -> Source | None:
    """Draws the choice; None while an own picture is still to come.

    Args:
        reads_letters: Whether the weights learned coded letters: these come first then, and an
            own picture can be coded as they were.
    """
    way = st.segmented_control(
        "Picture", [_SAMPLE, _OWN, _CAMERA], default=_SAMPLE, required=True, key="inside.way",
        persist_state="session",
    )
    if way == _SAMPLE:
        return _sample(reads_letters)
    if way == _OWN:
        file = st.file_uploader("Your picture", type=_TYPES, max_upload_size=_MB,
                                key="inside.file", label_visibility="collapsed")
    else:
        file = st.camera_input("A picture of the camera", key="inside.camera", resolution="720p",
                               label_visibility="collapsed")
    as_drawn = reads_letters and st.toggle(
        "It is one drawn letter", value=True, key="inside.drawn", persist_state="session",
        help="Finds the ink and codes it in 8×8 blocks, light on dark: so were the letters that "
        "these weights learned from.",
    )
    if file is None:
        return None
    return Source(file=file.name, content=file.getvalue(), as_drawn=as_drawn)


def _sample(reads_letters: bool) -> Source:
    names = list(_BY_NAME)
    first = "character" if reads_letters else names[0]
    name = st.selectbox(
        "Sample picture", names, index=names.index(first),
        format_func=lambda one: _BY_NAME[one].title,
        key=f"inside.sample {reads_letters}", persist_state="session",
    )
    st.caption(_BY_NAME[name].about)
    if name != "character":
        return Source(sample=name)
    character = st.text_input("Which one", "a", max_chars=1, key="inside.character",
                              persist_state="session")
    return Source(sample=name, character=character.strip())
