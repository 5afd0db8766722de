"""The recipe in sections, each with its inputs."""

import pandas as pd
import streamlit as st

from core import portable
from core.recipe import Recipe
from core.runs import device_slots
from core.training.optimizer_table import OPTIMIZERS
from core.training.schedule import factor
from pages.state import draft
from pages.widgets import fields, palette, recipe_words
from pages.widgets.train import (
    by_depth,
    data_choice,
    lr_finder_panel,
    several_processes,
    what_pays_panel,
    whole_batch,
)


def edit() -> None:
    """Draws all sections; every input is bound to the draft."""
    recipe = draft.get()
    what, how = st.columns(2, gap="large")
    with what:
        _model(recipe)
        with st.container(border=True):
            data_choice.edit(recipe)
        with st.container(border=True):
            _images()
        with st.expander(
            "Seed, device, precision, features cache", icon=":material/tune:", key="train.machine",
            expanded=what_pays_panel.is_opened(recipe),
        ):
            _machine()
        with st.expander("Checkpoints and logging", icon=":material/save:", key="train.records"):
            _records()
    with how:
        with st.container(border=True):
            _optimiser(draft.get())
        with st.container(border=True):
            _length()
        with st.container(border=True):
            by_depth.edit()


def _model(recipe: Recipe) -> None:
    with st.container(border=True):
        st.markdown("##### Model and layers")
        st.markdown(f"{recipe_words.model(recipe)}  \n{recipe_words.freezing(recipe)}")
        with st.container(horizontal=True):
            st.page_link("pages/models.py", label="Choose a model", icon=":material/deployed_code:")
            st.page_link("pages/layers.py", label="Choose what trains", icon=":material/layers:")


def _images() -> None:
    st.markdown("##### Batches and augmentation")
    left, right = st.columns(2)
    with left:
        fields.number("loader.batch_size")
        fields.choice("transform.augment")
        if draft.value("transform.augment") != "none":
            fields.number("transform.draws")
            fields.choice("transform.augment_on")
        fields.number("loader.num_workers")
        fields.number("train.accumulate")
    with right:
        fields.number("transform.size", placeholder="the weights' own")
        fields.choice("transform.resize")
        fields.choice("train.mix")
        fields.switch("loader.shuffle")
        fields.switch("loader.drop_last")
        whole_batch.show(draft.get())


def _optimiser(recipe: Recipe) -> None:
    st.markdown("##### Optimizer and schedule")
    left, right = st.columns(2)
    with left:
        fields.choice("optimizer.name")
        fields.number("optimizer.lr")
        if OPTIMIZERS[recipe.optimizer.name].decay:
            fields.number("optimizer.weight_decay")
        if OPTIMIZERS[recipe.optimizer.name].momentum:
            fields.number("optimizer.momentum")
        fields.number("train.clip_norm", placeholder="as large as they are")
        fields.number("train.ema", placeholder="no averaging")
    with right:
        fields.choice("schedule.name")
        fields.number("schedule.warmup_epochs")
        if recipe.schedule.name == "step":
            fields.number("schedule.step_epochs")
            fields.number("schedule.gamma")
        if recipe.schedule.name == "plateau":
            fields.number("schedule.plateau_epochs")
            fields.number("schedule.gamma")
            st.caption("Falls when the validation loss does not, so it can't be drawn before.")
        _schedule_picture(draft.get())
    lr_finder_panel.show(draft.get())


def _schedule_picture(recipe: Recipe) -> None:
    """The learning rate over the epochs, as the run will set it."""
    import altair as alt

    epochs, each = recipe.train.epochs, max(1, 200 // recipe.train.epochs)
    stride = max(1, epochs * each // 400)
    frame = pd.DataFrame(
        [
            (step / each, recipe.optimizer.lr * factor(recipe.schedule, step, each, epochs))
            for step in range(0, epochs * each, stride)
        ],
        columns=["epoch", "learning rate"],
    )
    line = alt.Chart(frame, height=110).mark_line(color=palette.ACCENT.here(), strokeWidth=2)
    st.altair_chart(
        line.encode(
            x=alt.X("epoch", title=None, axis=alt.Axis(tickCount=4)),
            y=alt.Y("learning rate", title=None, axis=alt.Axis(tickCount=3, format=".3~g")),
        )
    )


def _length() -> None:
    st.markdown("##### Epochs and early stopping")
    left, right = st.columns(2)
    with left:
        fields.number("train.epochs")
        fields.number("train.label_smoothing")
        fields.choice("train.class_weights")
    with right:
        fields.switch("early_stopping.enabled")
        if draft.value("early_stopping.enabled"):
            fields.choice("early_stopping.monitor")
            fields.number("early_stopping.patience")
            fields.number("early_stopping.min_delta")
        else:
            st.caption("The best epoch is kept in any case.")


def _machine() -> None:
    left, right = st.columns(2)
    with left:
        fields.number("train.seed")
        fields.number("split.seed")
        fields.number("train.threads")
        _tell_of_cores(draft.get())
        fields.choice("features.cache")
        if draft.value("features.cache") != "off":
            fields.choice("features.dtype")
    with right:
        fields.choice("train.device")
        fields.choice("train.precision")
        fields.choice("train.memory_format")
        fields.choice("loader.on_device")
        fields.switch("train.compile")
        several_processes.edit()
    what_pays_panel.show(draft.get())


def _tell_of_cores(recipe: Recipe) -> None:
    """Where a run on the CPU leaves cores idle."""
    cores, spec = portable.physical_cores(), recipe.train
    if device_slots.kind_for(recipe) == "cpu" and cores > spec.threads * spec.processes:
        st.caption(
            f"This computer has {cores} cores: “What pays here?” tells whether more threads are "
            "faster."
        )


def _records() -> None:
    left, right = st.columns(2)
    with left:
        fields.number("train.log_every")
        fields.number("checkpoints.every")
        fields.number("checkpoints.budget_gb")
    with right:
        fields.switch("loggers.tensorboard")
        if draft.value("loggers.tensorboard"):
            fields.switch("loggers.details")
        fields.switch("loggers.wandb")
        if draft.value("loggers.wandb"):
            fields.text("loggers.wandb_project")
            fields.text("loggers.wandb_entity")
            fields.choice("loggers.wandb_mode")
