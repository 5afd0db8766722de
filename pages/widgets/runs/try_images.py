"""What a checkpoint takes an image for: the person's own, or some that the run never saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.messages import ThawError
from pages.state import person
from pages.widgets import notices
from pages.widgets.plain import plain
from pages.widgets.runs import answers, checkpoint_choice, class_bars, pixels, reading
from pages.widgets.runs.reading import SeenRun

if TYPE_CHECKING:  # importing it loads torch
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from core.evaluation.examples import Example

_TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]
_MB = 20  # of one picture
_MOST = 12  # pictures at once
_EXAMPLES = 6
_SIDE = 150  # pixels of a picture on the page
_SMALL = 108  # so that six stand in a row


def show(seen: SeenRun) -> None:
    """Draws the checkpoint's choice, the ways in, and each picture with its answer.

    Args:
        seen: With settings and at least one checkpoint.
    """
    files = reading.checkpoints_of(seen.run)
    left, right = st.columns([2, 3], gap="large")
    with left:
        which = checkpoint_choice.edit(seen.run, files, "runs.asked_checkpoint")
        invert = st.toggle(
            "Invert: dark ink on light paper", key=f"runs.invert {seen.id}",
            persist_state="session",
            help="Swaps dark and light, for a model that learned light strokes on a dark ground. "
            "A run on scikit-learn's digits tells paper from ink by itself.",
        )
    with right:
        pictures = _brought(seen)
    try:
        for picture in pictures[:_MOST]:
            _own(seen, which, picture.name, picture.getvalue(), invert=invert)
        if len(pictures) > _MOST:
            st.caption(f"The first {_MOST} of your {len(pictures)} pictures are shown.")
        if pictures:
            _table(seen, which, pictures, invert=invert)
        _held_out(seen, which)
    except ThawError as error:
        notices.show(error, "error")


def _brought(seen: SeenRun) -> Sequence[UploadedFile]:
    """The person's pictures, from files or from the camera."""
    way = st.segmented_control(
        "Your pictures", ["Files", "Camera"], default="Files", required=True,
        key=f"runs.way in {seen.id}", persist_state="session",
    )
    if way == "Camera":
        taken = st.camera_input(
            "A picture by the camera", key=f"runs.camera {seen.id}", label_visibility="collapsed",
            help="The browser asks for the camera, and gives it on localhost or over HTTPS alone.",
        )
        return [taken] if taken else []
    return st.file_uploader(
        "Files", type=_TYPES, accept_multiple_files=True, max_upload_size=_MB,
        key=f"runs.pictures {seen.id}", label_visibility="collapsed",
    )


def _table(
    seen: SeenRun, which: str, pictures: Sequence[UploadedFile], *, invert: bool
) -> None:
    """The answers for all pictures as a file, made when it is asked for."""
    def made() -> str:
        from core.evaluation.predict import as_csv

        return as_csv([
            answers.for_picture(seen.run, which, one.name, one.getvalue(), invert=invert)
            for one in pictures
        ])

    st.download_button(
        f"Answers for {'all ' if len(pictures) > 1 else ''}{len(pictures)} as CSV", made,
        file_name=f"{seen.id}.csv", mime="text/csv", icon=":material/table:", on_click="ignore",
        key=f"runs.answers {seen.id}",
    )


def _own(seen: SeenRun, which: str, name: str, content: bytes, *, invert: bool) -> None:
    """One picture that was brought, as it is and as the model sees it, and the answer."""
    with st.container(border=True):
        answer = answers.for_picture(seen.run, which, name, content, invert=invert)
        if answer.problem:
            notices.show(answer.problem, "warning")
            return
        brought, sees, said = st.columns([1, 1, 2], vertical_alignment="center")
        brought.image(answers.thumbnail(content), caption=plain(name), width=_SIDE)
        high, wide = answer.seen.shape[:2]
        sees.image(pixels.enlarged(answer.seen), width=_SIDE,
                   caption=f"as the model sees it: {wide} × {high} pixels")
        with said:
            st.markdown(f"**{plain(answer.classes[0])}**, {_percent(answer.probabilities[0])}")
            class_bars.show(answer, key=f"runs.bars {name} {hash(content)}")


def _held_out(seen: SeenRun, which: str) -> None:
    """The button, and the images that it drew last."""
    drawn = f"runs.examples {seen.id}"
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Try held-out images", icon=":material/casino:", key=f"runs.try {seen.id}"):
            person.remember(drawn, int(person.choice(drawn, 0)) + 1)
        st.caption("Draws test images that the run never saw; again for others.")
    if not person.choice(drawn):
        return
    found = answers.for_held_out(seen.run, which, _EXAMPLES, int(person.choice(drawn)))
    right = sum(one.truth == one.prediction.classes[0] for one in found)
    st.markdown(f"**{right} of {len(found)}** right.")
    with st.container(horizontal=True):
        for one in found:
            _example(one)


def _example(one: Example) -> None:
    """A picture with what the model says; its truth below."""
    said, sure = one.prediction.classes[0], one.prediction.probabilities[0]
    right = said == one.truth
    with st.container(border=True, width=_SMALL + 34, gap="xsmall"):
        st.image(pixels.enlarged(one.picture), width=_SMALL)
        mark = ":green[:material/check_circle:]" if right else ":red[:material/cancel:]"
        st.markdown(f"{mark} **{plain(said)}**, {_percent(sure)}")
        st.caption(f"truth: {plain(one.truth)}")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
