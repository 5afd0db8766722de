"""The input of a model that can't be trained here: its own kind, and what a detector finds."""

from dataclasses import dataclass

import streamlit as st

from core.models.card import COUNTED_WITH
from core.models.catalogue import CLIP_FRAMES, ModelEntry
from pages.widgets import sizes
from pages.widgets.models import whole_number
from pages.widgets.models.choice import Chosen

_TWO_STAGES = ("faster_rcnn", "mask_rcnn", "keypoint_rcnn")  # these look at proposals
_KINDS = {
    "video": f"A clip of {CLIP_FRAMES} frames, as torchvision counts: 3 × {CLIP_FRAMES} × "
    "height × width.",
    "optical_flow": "Two pictures of one size, one after the other in time; 8 divides the sides.",
    "detection": "A list of pictures of any size; the model resizes each by itself.",
}


@dataclass(frozen=True)
class OtherInput:
    """A square input, and what a detector is assumed to find in it.

    Attributes:
        proposals: None for as many as the detector looks at.
    """

    size: int
    proposals: int | None = None
    detections: int = 1


def edit(entry: ModelEntry, chosen: Chosen) -> OtherInput:
    """Draws the inputs and returns what they say; each model keeps its own."""
    key = f"{chosen.name} {chosen.weights}"
    own = entry.input_shape(chosen.weights)[-1]
    size = whole_number.edit(
        "Input size", own, key=f"models.size {key}", least=1, most=4096,
        placeholder=f"{own}, as torchvision counts", help="Height and width in pixels.",
    )
    if kind := _KINDS.get(entry.task):
        st.caption(kind)
    if entry.family not in _TWO_STAGES:
        if entry.task == "detection":
            st.caption("It looks at every place once: its MACs do not depend on what it finds.")
        return OtherInput(size)
    return OtherInput(size, *_edit_found(entry, chosen))


def _edit_found(entry: ModelEntry, chosen: Chosen) -> tuple[int | None, int]:
    key = f"{chosen.name} {chosen.weights}"
    left, right = st.columns(2)
    with left:
        proposals = whole_number.edit(
            "Proposals", None, key=f"models.proposals {key}", least=0, most=100_000,
            placeholder="all it looks at", help="Regions that the first stage hands on; the "
            "second stage runs on each of them.",
        )
    with right:
        detections = whole_number.edit(
            "Detections", 1, key=f"models.detections {key}", least=0, most=100,
            help="Objects that remain in the end. Heads for masks and keypoints run on these.",
        )
    st.caption(f"MACs are counted for {_words(proposals, detections)}: what a picture really "
               f"shows decides both. {_stated(entry, chosen)}")
    return proposals, detections


def _stated(entry: ModelEntry, chosen: Chosen) -> str:
    """What torchvision's own figure was counted with, where that is something else."""
    weights = entry.find_weights(chosen.weights)
    found = COUNTED_WITH.get((chosen.name, chosen.weights))
    if weights is None or found is None:
        return ""
    return (f"torchvision states {sizes.of_count(weights.gmacs * 1e9)}: its picture of noise "
            f"gave {_words(*found)}.")


def _words(proposals: int | None, detections: int) -> str:
    looked = "all proposals that it keeps" if proposals is None else f"{proposals:,} proposals"
    return f"{looked} and {detections} detected object{'' if detections == 1 else 's'}"
