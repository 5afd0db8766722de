"""Which images: the data set, its classes and how they are divided."""

import numpy as np
import pandas as pd
import streamlit as st

from core import recipe as recipes
from core.data import subset
from core.data.datasets import DATASETS, find_dataset
from core.data.describe import DataInfo, describe
from core.data.split import Split, split_of
from core.messages import ThawError
from core.models.heads import outputs_of
from core.recipe import Recipe, RecipeError
from pages.state import draft, person
from pages.state.language import say
from pages.widgets import fields, notices
from pages.widgets.train import left_out, upload_choice

_CHOSEN, _FOLDER = "train.data", "train.folder"


def edit(recipe: Recipe) -> None:
    """Draws the data set's choice, what belongs to it, and the counts of the split."""
    st.markdown("##### Images")
    options = [entry.name for entry in DATASETS if entry.trainable]
    # A folder or an upload is in the recipe only once it has a path: until then it waits here.
    shown = person.choice(_CHOSEN) or recipe.data.name
    name = st.selectbox(
        "Data set", options, index=options.index(shown), key=draft.key("data.name"),
        format_func=lambda name: find_dataset(name).title,
    )
    entry = find_dataset(name)
    st.caption(entry.about)
    path = _path(name, recipe.data.path if recipe.data.name == name else "")
    if (name, path) == (recipe.data.name, recipe.data.path):
        person.remember(_CHOSEN, None)
        _split(draft.get())
    else:
        _take(recipe, name, path, needs_path=entry.needs_path)


def why_not(recipe: Recipe) -> str:
    """Why the images that the page shows can't be trained on, in a sentence; "" if they can.

    To be asked after `edit`, which finds out what is chosen.
    """
    if waiting := person.choice(_CHOSEN):
        return f"No images are chosen yet: see {find_dataset(str(waiting)).title} under Images."
    try:
        info = _chosen(recipe)
        if info.classes:
            outputs_of(recipe.model.name, recipe.head, len(info.classes))
        _parts(recipe, info)
    except ThawError as error:
        return say(error)
    return ""


def training_samples(recipe: Recipe) -> int | None:
    """How many images a run of the recipe trains on; None before a download.

    Raises:
        ThawError: If the images can't be read, or divided in that way.
    """
    parts = _parts(recipe, _chosen(recipe))
    return None if parts is None else len(parts.train)


def chance(recipe: Recipe) -> float:
    """The accuracy of guessing evenly among the classes; 0 where they are not known yet."""
    try:
        classes = _chosen(recipe).classes
    except ThawError:
        return 0.0
    return 1 / len(classes) if classes else 0.0


def _path(name: str, path: str) -> str:
    """The folder or the upload, if the data set has one."""
    if name == "upload":
        return upload_choice.edit(path)
    if name != "folder":
        return ""
    path = st.text_input(
        "Folder on this computer", value=path or str(person.choice(_FOLDER, "")),
        key=draft.key("data.path"), placeholder="/home/me/flowers",
        help="With one folder of images for each class. Folders called train and test are taken "
        "as the split.",
    ).strip()
    person.remember(_FOLDER, path)
    return path


def _take(recipe: Recipe, name: str, path: str, *, needs_path: bool) -> None:
    """Puts the choice into the recipe, if it can be trained on; else it waits."""
    person.remember(_CHOSEN, name)
    if needs_path and not path:
        return
    try:
        if needs_path:
            _looked_at.clear(name, path)  # what was just typed is looked at anew
            _described(name, path)
        changed, reset = recipes.with_data(recipe, name, path)
    except (RecipeError, ThawError) as error:
        notices.show(error, "error")
        return
    person.remember(_CHOSEN, None)
    draft.amend(changed)
    notices.notify_all(reset)
    st.rerun()


def _split(recipe: Recipe) -> None:
    columns = st.columns(3, vertical_alignment="bottom")
    with columns[0]:
        fields.number("split.train_per_class", placeholder="all")
    with columns[1]:
        fields.number("split.val")
    with columns[2]:
        fields.number("split.test")
    try:
        info = _described(recipe.data.name, recipe.data.path)
        _classes(info)
        recipe = draft.get()
        info = subset.info_of(info, recipe.data.only)
    except ThawError as error:
        notices.show(error, "error")
        return
    said = None
    try:
        parts = _parts(recipe, info)
    except ThawError as error:
        notices.show(error, "error")
        said = error.problem
    else:
        _counts(recipe, info, parts)
    left_out.show(info, said)


def _classes(info: DataInfo) -> None:
    """The choice of some of the classes; before a download their names are typed."""
    fields.several("data.only", info.classes, free=info.targets is None)


def _parts(recipe: Recipe, info: DataInfo) -> Split | None:
    """The split; None before a download, when nobody knows the labels."""
    return None if info.targets is None else split_of(recipe.split, info)


def _counts(recipe: Recipe, info: DataInfo, parts: Split | None) -> None:
    if parts is None:
        size = find_dataset(recipe.data.name).download_mb
        st.caption(
            "On this computer." if info.ready
            else f"Will be downloaded when the training starts ({size} MB)."
        )
        return
    st.markdown(
        f"**{len(parts.train):,}** train · **{len(parts.val):,}** validation · "
        f"**{len(parts.test):,}** held out for the test"
    )
    if info.official_test is not None:
        st.caption("They come with a test of their own, so the test share does not count.")
    with st.expander(f"{len(info.classes)} classes"):
        frame = pd.DataFrame(
            {
                "class": info.classes,
                **{
                    title: np.bincount(info.targets[indices], minlength=len(info.classes))
                    for title, indices in (
                        ("train", parts.train), ("validation", parts.val), ("test", parts.test)
                    )
                },
            }
        )
        st.dataframe(frame, hide_index=True, height=min(38 * len(frame) + 40, 320))


def _chosen(recipe: Recipe) -> DataInfo:
    """What is known of the classes that are trained on."""
    data = recipe.data
    return subset.info_of(_described(data.name, data.path), data.only)


def _described(name: str, path: str) -> DataInfo:
    # An upload never changes and is quick to read, and once deleted it must not be shown.
    return describe(name, path) if name == "upload" else _looked_at(name, path)


@st.cache_data(max_entries=8, ttl=60, show_spinner="Looking at the images…")
def _looked_at(name: str, path: str) -> DataInfo:
    return describe(name, path)
