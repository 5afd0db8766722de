"""The picture that goes through a pipeline: a sample, one of the recipe's data, or an own one."""

import io
from dataclasses import dataclass

import streamlit as st

from core.data import datasets, pictures, pipeline_outcome
from core.explain.samples import SAMPLES, read_sample
from pages.state import draft
from pages.widgets.batches.children import children

_SAMPLE, _DATA, _OWN = "Sample", "The recipe's data", "Your own"
_TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
_MB = 20  # of one picture
_LONGEST = 1024  # pixels of the longer side of an own picture
_PHOTOGRAPHS = {"china": "china.jpg", "flower": "flower.jpg"}  # of scikit-learn
_TITLES = {one.name: one.title for one in SAMPLES if one.name in _PHOTOGRAPHS} | {
    "digits": "A handwritten digit"}
_FILE = ("from PIL import Image", 'image = Image.open("picture.png").convert("RGB")')


@dataclass(frozen=True)
class Picture:
    """A picture and where it is from.

    Attributes:
        content: A PNG file.
        lines: Of Python, that make `image` of it, imports first.
        is_file: Whether these read a file, `picture.png`.
    """

    content: bytes
    lines: tuple[str, ...]
    is_file: bool = False


def edit() -> Picture | None:
    """Draws the choice; None while an own picture is still to come."""
    way_at, which_at = st.columns([2, 3], gap="medium", vertical_alignment="bottom")
    way = way_at.segmented_control(
        "Picture", [_SAMPLE, _DATA, _OWN], default=_SAMPLE, required=True, key="pipeline.way",
        persist_state="session",
    )
    with which_at:
        if way == _SAMPLE:
            return _sample()
        if way == _DATA:
            return _of_data()
        file = st.file_uploader("Your picture", type=_TYPES, max_upload_size=_MB,
                                key="pipeline.file", label_visibility="collapsed")
    return None if file is None else Picture(_read(file.name, file.getvalue()), _FILE, True)


def _sample() -> Picture:
    with st.container(horizontal=True, gap="medium"):
        name = st.selectbox("Sample", list(_TITLES), format_func=_TITLES.get,
                            key="pipeline.sample", persist_state="session", width=220)
        if name in _PHOTOGRAPHS:
            return Picture(_photograph(name), (
                "from PIL import Image",
                "from sklearn.datasets import load_sample_image",
                f'image = Image.fromarray(load_sample_image("{_PHOTOGRAPHS[name]}"))',
            ))
        index = st.number_input("Number", 0, datasets.find_dataset(name).size - 1, 0, step=1,
                                key="pipeline.digit", persist_state="session", width=150)
    return Picture(_stored(name, "", index), (
        "import numpy as np",
        "from PIL import Image",
        "from sklearn.datasets import load_digits",
        f"grey = np.rint(load_digits().images[{index}] * (255 / 16)).astype(np.uint8)",
        'image = Image.fromarray(grey).convert("RGB")',
    ))


def _of_data() -> Picture:
    data = draft.get().data
    title = datasets.find_dataset(data.name).title
    index = st.number_input(f"Number in {title}", 0, 10_000_000, 0, step=1, key="pipeline.index",
                            persist_state="session", width=220)
    return Picture(_stored(data.name, data.path, index), _FILE, True)


@st.cache_data(max_entries=4, show_spinner=False)
def _photograph(name: str) -> bytes:
    return _as_png(read_sample(name))


@st.cache_data(max_entries=32, show_spinner="Fetching the picture…")
def _stored(data: str, path: str, index: int) -> bytes:
    return pipeline_outcome.stored_picture(children(), data, path, index)


@st.cache_data(max_entries=8, show_spinner=False)
def _read(name: str, content: bytes) -> bytes:
    """The picture as PNG; raises ThawError where it can't be read."""
    return _as_png(pictures.read_picture(io.BytesIO(content), name=name, longest=_LONGEST))


def _as_png(picture) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()
