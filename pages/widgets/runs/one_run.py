"""One run: how it stands, its name, what can be done with it, and all it holds."""

import pandas as pd
import streamlit as st

from core.evaluation import comparison
from core.runs.status import RunStatus
from pages.widgets import notices, predictions, sizes
from pages.widgets.plain import plain
from pages.widgets.runs import (
    curves,
    evaluated,
    evaluation_panel,
    files,
    levers,
    movement_panel,
    name_and_note,
    reading,
    settings_words,
    try_images,
    where_curves_go,
)
from pages.widgets.runs.reading import SeenRun
from pages.widgets.train import controls, words

_EVERY = "2s"


def show(seen: SeenRun) -> None:
    """Draws the run; while it lives, its status alone is drawn again every two seconds."""
    st.fragment(_standing, run_every=_EVERY if seen.is_live else None)(seen)
    levers.show(seen)
    if seen.now is None:
        st.code(str(seen.run.path), language=None)
        return
    curve, held_out, own, moved, checkpoints, about = st.tabs(
        ["Curves", "Held-out images", "Try an image", "What moved", "Checkpoints",
         "Notes, settings, log"]
    )
    with curve:
        curves.show(seen)
        predictions.show(seen.run, seen.now)
        where_curves_go.show(seen.run)
    for panel, tab in ((evaluation_panel, held_out), (try_images, own), (movement_panel, moved)):
        with tab:
            if seen.recipe is None:
                st.markdown("Its settings can't be read, so its model can't be built.")
            elif not reading.checkpoints_of(seen.run):
                st.markdown("No checkpoint yet: the first is saved after the first epoch.")
            else:
                panel.show(seen)
    with checkpoints:
        files.show(seen)
    with about:
        name_and_note.edit(seen)
        _settings(seen)
        controls.show_log(seen.run, open=False)


def _standing(seen: SeenRun) -> None:
    with notices.guarded():
        seen = reading.look_at(seen.run)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header(plain(seen.name), anchor=False, width="content")
            if seen.now:
                colour, icon, text = words.of_status(seen.now.status)
                st.badge(text, icon=icon, color=colour)
        if seen.note:
            st.caption(plain(seen.note))
        if seen.trouble:
            notices.show(plain(seen.trouble), "error")
        if seen.now and seen.now.epochs:
            _figures(seen, seen.now)


def _figures(seen: SeenRun, now: RunStatus) -> None:
    best, state = seen.best, now.state
    quiet = {"delta_color": "off", "delta_arrow": "off", "width": "content"}
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Validation accuracy, best epoch",
            f"{100 * best['val_accuracy']:.2f} %" if best else "–",
            delta=f"epoch {best['epoch']}, loss {best['val_loss']:.4g}" if best else None, **quiet,
        )
        found = evaluated.figures(seen.run)
        st.metric(
            "Held-out accuracy", f"{100 * found.accuracy:.2f} %" if found else "–",
            delta=f"{found.samples:,} images" if found else "not evaluated yet", **quiet,
        )
        st.metric("Epochs", f"{now.epoch} of {now.epochs}",
                  delta=words.duration(now.seconds), **quiet)
        trainable, params = state.get("trainable"), state.get("params")
        if trainable and params:
            st.metric(":orange[Trainable] parameters", sizes.of_count(trainable),
                      delta=f"of {sizes.of_count(params)}", **quiet)


def _settings(seen: SeenRun) -> None:
    if seen.recipe is None:
        return
    st.markdown("##### Settings")
    st.markdown("  \n".join(settings_words.lines(seen.recipe)))
    changed = comparison.changed(seen.recipe)
    if not changed:
        st.caption("Every setting is Thaw's default.")
        return
    defaults = comparison.settings(type(seen.recipe)())
    rows = pd.DataFrame(
        [
            (settings_words.label(field), settings_words.value(field, value),
             settings_words.value(field, defaults[field]))
            for field, value in changed.items()
        ],
        columns=["setting", "this run", "default"],
    )
    st.dataframe(rows, hide_index=True, width="content", height="content")
    st.caption("All other settings are Thaw's defaults.")
