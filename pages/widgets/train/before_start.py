"""What the run of a recipe will take, told before it starts from a few real steps."""

import time

import streamlit as st

from core.recipe import Recipe
from core.training import dry_run
from core.training.dry_run import Forecast
from pages.widgets import epoch_measurement, notices, sizes
from pages.widgets.train import words

_KEY = "train.dry_run"


def show_button(recipe: Recipe, *, disabled: bool) -> None:
    """Draws the button of the dry run."""
    epoch_measurement.show_button(recipe, "Dry run", "Dry run again", key=_KEY, disabled=disabled)


def show(recipe: Recipe) -> None:
    """Draws how far the dry run is, or what it tells of this recipe."""
    last = epoch_measurement.answered(key=_KEY)
    if not last:
        return
    if changed := epoch_measurement.changed(last, recipe):
        epoch_measurement.show_stale(last, changed, recipe)
        return
    found = dry_run.forecast(recipe, last.answer)
    if found.shortage:
        notices.show(found.shortage, "warning")
    _show_figures(found, recipe)


def _show_figures(found: Forecast, recipe: Recipe) -> None:
    epoch, budget = found.epoch, int(recipe.checkpoints.budget_gb * 1e9)
    with st.container(horizontal=True):
        _card("Done about", _clock(found.ends), f"{words.duration(found.seconds)} from a start now",
              f"{found.epochs:,} epochs and the start of the process. Early stopping may end it "
              "before; stages that open on the way make it longer.")
        _card("An epoch", _seconds(epoch.epoch_seconds),
              f"{epoch.steps:,} steps of {_seconds(epoch.step_seconds)}",
              f"From {epoch.measured_steps:,} real steps, validation and checkpoint included.")
        _card("Memory at most", sizes.of_bytes(found.memory_bytes),
              epoch_measurement.whose_memory(epoch),
              "Of the whole process, PyTorch itself included; on a GPU what was allocated there.")
        _card("On disk", sizes.of_bytes(found.disk_bytes),
              f"{sizes.of_bytes(found.free_bytes)} are free",
              f"Checkpoints of {sizes.of_bytes(epoch.checkpoint_bytes)} that stay, at most, within "
              f"the recipe's budget of {sizes.of_bytes(budget)}; the best and the newest two stay "
              "in any case.")


def _card(label: str, value: str, beneath: str, more: str) -> None:
    st.metric(label, value, delta=beneath, delta_color="off", delta_arrow="off", border=True,
              height="stretch", help=more)


def _clock(at: float) -> str:
    """`14:32`, with the day where it is not today's."""
    then, now = time.localtime(at), time.localtime()
    same_day = then[:3] == now[:3]
    return time.strftime("%H:%M" if same_day else "%a %d %b, %H:%M", then)


def _seconds(seconds: float) -> str:
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.3g} s" if seconds < 100 else words.duration(seconds)
