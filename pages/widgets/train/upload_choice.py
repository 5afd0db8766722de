"""Images that were brought as a zip: earlier ones, a new one, and the way to delete them."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from PIL import Image, ImageOps

from core.data import pictures, uploads
from core.data.uploads import Upload
from core.data.zip_import import import_zip
from core.messages import Problem, ThawError
from core.runs.status import running_runs
from pages.state import draft, person
from pages.widgets import notices
from pages.widgets.plain import plain, short

_BROUGHT = "train.uploads"  # raised after each, so that the uploader is empty again
_REFUSED = "train.upload_refused"
_CLASSES, _SIDE = 5, 80  # of the examples: how many, and their size on the page in pixels


def edit(path: str, key: str | None = None) -> str:
    """Draws the choice.

    Args:
        path: Id of the upload that is chosen, or "".
        key: Of the choice; None for that of the draft.

    Returns:
        Id of the chosen or just brought upload; "" if there is none.
    """
    found = {upload.id: upload for upload in uploads.list_uploads()}
    chosen = _choice(found, path, key or draft.key("data.upload")) if found else path
    brought = _bring()
    if brought:
        return brought
    if chosen in found:
        _show(found[chosen])
    return chosen


def _choice(found: dict[str, Upload], path: str, key: str) -> str:
    ids = list(found)
    chosen = st.selectbox(
        "Images brought earlier", ids, index=ids.index(path) if path in found else None,
        key=key, placeholder="Choose, or bring a zip below",
        format_func=lambda id: f"{found[id].title} · {_size(found[id])}",
    )
    return chosen or path


def _bring() -> str:
    """Draws the way in; a zip that is refused gets its sentence and leaves nothing."""
    count = int(person.choice(_BROUGHT, 0))
    file = st.file_uploader(
        "A zip with one folder of images for each class", type="zip", key=f"{_BROUGHT}#{count}",
        help="The name of a folder becomes the name of its class. Folders called train and test "
        "are taken as the split.",
    )
    if file is None:
        refused = person.choice(_REFUSED)
        if isinstance(refused, Problem):
            notices.show(refused, "error")
        return ""
    person.remember(_REFUSED, None)
    bar = st.progress(0.0, "Looking into the zip…")

    def advance(done: int, total: int) -> None:
        if done % 10 == 0 or done == total:
            bar.progress(done / total, f"{done:,} of {total:,} images")

    try:
        upload = import_zip(file, file.name, progress=advance)
    except ThawError as error:
        person.remember(_REFUSED, error.problem)
        upload = None
    # A file stays in the server's memory as long as its uploader: the next one has another key.
    person.remember(_BROUGHT, count + 1)
    bar.empty()
    if upload is None:
        st.rerun()
    return upload.id


def _show(upload: Upload) -> None:
    st.markdown(f"**{plain(upload.title)}** · {_size(upload)}")
    with st.container(horizontal=True):
        for name, square in zip(upload.classes, _examples(upload.id), strict=False):
            st.image(square, caption=plain(short(name)), width=_SIDE)
    more = len(upload.classes) - _CLASSES
    if more > 0:
        st.caption(f"and {more} more classes")
    _delete(upload)


def _delete(upload: Upload) -> None:
    in_use = any(run.recipe().data.path == upload.id for run in running_runs())
    with st.popover("Delete these images", icon=":material/delete:", disabled=in_use):
        st.markdown(
            "They go for good. What was trained on them stays, but can't be evaluated or resumed "
            "any more."
        )
        if st.button("Delete for good", type="primary", key=f"delete {upload.id}"):
            try:
                uploads.delete_upload(upload.id)
            except ThawError as error:
                notices.show(error, "error")
                return
            person.notify(f"{plain(upload.title)} was deleted.", "success")
            st.rerun()
    if in_use:
        st.caption("A run is training on them.")


def _size(upload: Upload) -> str:
    return f"{sum(upload.counts):,} images in {len(upload.classes):,} classes"


@st.cache_data(max_entries=8, show_spinner=False)
def _examples(id: str) -> list[Image.Image]:
    """The first four pictures of each of the first classes, as one small square a class."""
    found = uploads.scan_upload(id)
    return [
        _square([found.files[index] for index in (found.targets == number).nonzero()[0][:4]])
        for number in range(len(found.classes[:_CLASSES]))
    ]


def _square(files: Sequence[Path]) -> Image.Image:
    square = Image.new("RGBA", (2 * _SIDE, 2 * _SIDE))
    for place, file in enumerate(files):
        picture = pictures.read_picture(file, longest=2 * _SIDE)
        at = (place % 2 * (_SIDE + 2), place // 2 * (_SIDE + 2))
        square.paste(ImageOps.fit(picture, (_SIDE - 2, _SIDE - 2)), at)
    return square
