"""Seconds an epoch, measured by a few real steps in a process of its own."""

import streamlit as st

from core.recipe import Recipe
from core.runs.checkpoints import disk_bytes
from pages.widgets import epoch_measurement, sizes
from pages.widgets.asked import Asked
from pages.widgets.epoch_measurement import known
from pages.widgets.train.words import duration

__all__ = ["known", "show"]

_KEY = "layers.measure"


def show(recipe: Recipe, *, something_trains: bool) -> None:
    """Draws the button, and the measurement or its answer."""
    st.subheader("How long an epoch takes here", anchor=False)
    epoch_measurement.show_button(
        recipe, "Measure an epoch", "Measure again", key=_KEY, disabled=not something_trains
    )
    if last := epoch_measurement.answered(key=_KEY):
        _show_answer(last, epoch_measurement.changed(last, recipe), recipe)


def _show_answer(kept: Asked, changed: tuple[str, ...], recipe: Recipe) -> None:
    answer = kept.answer
    epoch_measurement.show_stale(kept, changed, recipe)
    of = "before the change" if changed else "each of the run"
    with st.container(horizontal=True):
        _card("Seconds an epoch", _seconds(answer.epoch_seconds), of,
              f"Training {_seconds(answer.training_seconds)}, validation "
              f"{_seconds(answer.validation_seconds)}, checkpoint "
              f"{_seconds(answer.saving_seconds)}.")
        _card("Seconds a step", _seconds(answer.step_seconds), f"{answer.steps:,} an epoch",
              f"The mean of {answer.measured_steps:,} real steps, after some to warm up.")
        _card("All epochs", duration(answer.epoch_seconds * kept.recipe.train.epochs),
              f"{kept.recipe.train.epochs:,} epochs",
              "Without the start of the process, and as if no stage opened on the way.")
        _card("Memory at most", sizes.of_bytes(answer.memory_bytes),
              epoch_measurement.whose_memory(answer),
              "Of the whole process, PyTorch itself included; on a GPU what was allocated there.")
        spec, each = kept.recipe.checkpoints, answer.checkpoint_bytes
        _card("On disk", sizes.of_bytes(disk_bytes(spec, kept.recipe.train.epochs, each)),
              f"{sizes.of_bytes(each)} an epoch",
              "The checkpoints that stay, at most; the oldest go where they would take more than "
              f"{sizes.of_bytes(int(spec.budget_gb * 1e9))}, never the best and the newest two.")


def _card(label: str, value: str, beneath: str, more: str) -> None:
    st.metric(label, value, delta=beneath, delta_color="off", delta_arrow="off", border=True,
              height="stretch", help=more)


def _seconds(seconds: float) -> str:
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.3g} s" if seconds < 100 else duration(seconds)
