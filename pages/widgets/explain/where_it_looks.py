"""Where a layer saw what speaks for a class, laid over the image."""

from __future__ import annotations

import streamlit as st

from core.messages import ThawError
from pages.widgets import notices
from pages.widgets.explain import class_choice, heat_data, heat_view, image_choice, layer_choice
from pages.widgets.runs import checkpoint_choice, reading
from pages.widgets.runs.reading import SeenRun


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
        heat_view.show_answer(picture, about, answer)
    with looked:
        left, right = st.columns(2)
        with left:
            layer = layer_choice.edit(about, f"{seen.recipe.model.name}")
        with right:
            label = class_choice.edit(about.classes, answer, picture.truth, f"{seen.id}")
        heat = heat_data.grad_cam(model, pixels, layer, label)
        heat_view.show(pixels, heat, about.classes[label])
