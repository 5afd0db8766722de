"""Where a layer saw what speaks for a class, laid over the image; in two models side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.messages import ThawError
from pages.widgets import notices
from pages.widgets.explain import (
    ablations,
    channel_pairs,
    class_choice,
    heat_data,
    heat_view,
    image_choice,
    layer_choice,
    other_model,
)
from pages.widgets.explain.heat_data import About, Asked, Picture
from pages.widgets.explain.heat_view import Heat
from pages.widgets.plain import plain
from pages.widgets.runs import checkpoint_choice, reading
from pages.widgets.runs.reading import SeenRun

_GRADIENT, _ABLATION = "Grad-CAM", "Ablation-CAM"
_MEANING = {
    _GRADIENT: "The gradient of the class's score weighs each channel of the layer, and their sum "
    "is drawn ([Selvaraju et al. 2017](https://arxiv.org/abs/1610.02391)).",
    _ABLATION: "Each of the layer's {count} channels is switched off in turn, one pass from the "
    "layer on for each; what the class's score loses weighs the channel (Desai and Ramaswamy "
    "2020). No gradient is needed.",
}


@dataclass(frozen=True)
class _Looking:
    """One model at the image.

    Attributes:
        title: What it is called beside another.
        pixels: The image as it sees it, uint8 [S, S, 3].
        answer: The probability of each class.
        layer: Which of its layers is asked.
    """

    title: str
    model: Asked
    about: About
    pixels: np.ndarray
    answer: np.ndarray
    layer: str


def show(seen: SeenRun) -> None:
    """Draws the choice of the image, and what the checkpoint looks at in it.

    Args:
        seen: With settings and at least one checkpoint.
    """
    try:
        _show(seen)
    except ThawError as error:
        notices.show(error, "error")


def _show(seen: SeenRun) -> None:
    chosen, looked = st.columns([2, 5], gap="large")
    with chosen:
        files = reading.checkpoints_of(seen.run)
        which = checkpoint_choice.edit(seen.run, files, "runs.asked_checkpoint")
        model = heat_data.asked(seen.run, which)
        about = heat_data.about(model)
        picture = image_choice.edit(seen, which, model)
        if picture is None:
            return
        pixels = heat_data.seen(model, picture.pixels)
        answer = heat_data.answer(model, pixels)
        heat_view.show_answer(picture, about, pixels, answer, f"explain.bars {seen.id}")
    with looked:
        left, right = st.columns(2)
        with left:
            layer = layer_choice.edit(about, f"{seen.recipe.model.name} {len(pixels)}")
        with right:
            beside = other_model.edit(seen)
        labels = class_choice.edit(about.classes, answer, picture.truth, seen.id)
        method, opacity = _how(seen)
        title = f"This run, epoch {about.epoch}"
        asked = [_Looking(title, model, about, pixels, answer, layer)]
        if beside is not None:
            asked += _second(*beside, asked[0], picture)
        _show_heats(asked, labels, method, opacity)
    if st.toggle("Feature maps of this layer", key=f"explain.maps {seen.id}",
                 persist_state="session"):
        _show_maps(asked)


def _how(seen: SeenRun) -> tuple[str, float]:
    """The method, and the opacity in [0, 1]."""
    left, right = st.columns(2)
    method = left.segmented_control(
        "By", list(_MEANING), default=_GRADIENT, required=True, key=f"explain.method {seen.id}",
        persist_state="session",
    )
    percent = right.slider("Opacity", 0, 100, 60, 10, format="%d %%", key="explain.opacity",
                           persist_state="session")
    return method, percent / 100


def _second(model: Asked, title: str, first: _Looking, picture: Picture) -> list[_Looking]:
    """The model beside the first; none where it can't be shown there, which is said."""
    try:
        about = heat_data.about(model)
        if about.classes != first.about.classes:
            notices.show("The other model knows other classes, so the same class can't be shown "
                         "in both.", "warning")
            return []
        pixels = heat_data.seen(model, picture.pixels)
        answer = heat_data.answer(model, pixels)
    except ThawError as error:
        notices.show(error, "warning")
        return []
    names = [layer.name for layer in about.layers if layer.reaches]
    layer = first.layer if first.layer in names else about.default
    return [_Looking(title, model, about, pixels, answer, layer)]


def _show_heats(
    asked: Sequence[_Looking], labels: Sequence[int], method: str, opacity: float
) -> None:
    """Draws a column a model and a row a class, and what they mean."""
    count = sum(one.maps for one in asked[0].about.layers if one.name == asked[0].layer)
    place = st.container()
    st.markdown(
        "Bright is where the layer saw what raises the score of the class. It says where, not "
        f"why, and nothing of what speaks against it. {_MEANING[method].format(count=count)}"
    )
    if len(asked) > 1 and asked[1].model.which == heat_data.START:
        st.markdown(
            "Before the first step a new head is random numbers: on the right you see what the "
            "backbone offered, not yet what belongs to a class."
        )
    with place:
        found = {
            (at, label): _heat(one, label, method, f"{at} {label}")
            for at, one in enumerate(asked) for label in labels
        }
        tops = [max((float(found[at, label].max()) for label in labels
                     if found[at, label] is not None), default=0.0) for at in range(len(asked))]
        some = [label for label in labels
                if any(found[at, label] is not None for at in range(len(asked)))]
        heat_view.show([
            None if found[at, label] is None else
            Heat(_title(one, asked), one.pixels, found[at, label], tops[at],
                 f"{one.about.classes[label]}, which it gives {100 * one.answer[label]:.1f} %")
            for label in some for at, one in enumerate(asked)
        ], opacity)


def _title(one: _Looking, asked: Sequence[_Looking]) -> str:
    if len(asked) == 1:
        return ""
    other = f", layer {one.layer}" if one.layer != asked[0].layer else ""
    return f"{one.title}{other}"


def _heat(one: _Looking, label: int, method: str, key: str) -> np.ndarray | None:
    """The map; None where the layer says nothing of the class, which is said."""
    try:
        if method == _GRADIENT:
            return heat_data.grad_cam(one.model, one.pixels, one.layer, label)
        return ablations.heat(one.model, one.pixels, one.layer, label, key)
    except ThawError as error:
        notices.show(error, "warning")
        return None


def _show_maps(asked: Sequence[_Looking]) -> None:
    maps = [heat_data.maps(one.model, one.pixels, one.layer) for one in asked]
    same = len(maps) == 2 and asked[0].layer == asked[1].layer and (
        len(maps[0].maps) == len(maps[1].maps)
    )
    if len(maps) == 2 and not same:
        notices.show(f"The other model has no layer “{plain(asked[0].layer)}” with as many "
                     "channels: its maps are not shown beside these.")
    channel_pairs.show(maps[0], [one.title for one in asked], maps[1] if same else None)
