"""Which images: the data set, its classes and how they are divided."""

import pandas as pd
import streamlit as st

from core import recipe as recipes
from core.data.datasets import DATASETS, find_dataset
from core.data.describe import DataInfo, describe, split_of
from core.messages import ThawError
from core.recipe import Recipe, RecipeError
from pages.state import draft, person
from pages.widgets import fields, notices
from pages.widgets.train import upload_choice

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
    path = recipe.data.path if recipe.data.name == name else ""
    if name == "folder":
        path = st.text_input(
            "Folder on this computer", value=path, key=draft.key("data.path"),
            placeholder="/home/me/flowers", help="With one folder of images for each class.",
        ).strip()
    elif name == "upload":
        path = upload_choice.edit(path)
    st.caption(entry.about)
    if (name, path) != (recipe.data.name, recipe.data.path):
        _take(recipe, name, path, needs_path=entry.needs_path)
    if recipe.data.name == name:
        _split(draft.get())


def _take(recipe: Recipe, name: str, path: str, *, needs_path: bool) -> None:
    if needs_path and not path:
        person.remember(_CHOSEN, name)
        return
    try:
        if needs_path:
            describe(name, path)  # a folder that can't be used never gets into the recipe
        changed, reset = recipes.with_data(recipe, name, path)
    except (RecipeError, ThawError) as error:
        person.remember(_CHOSEN, name)
        notices.show(error, "error")
        return
    person.remember(_CHOSEN, None)
    draft.amend(changed)
    notices.notify_all(reset)
    st.rerun()


def _split(recipe: Recipe) -> None:
    columns = st.columns(3)
    with columns[0]:
        fields.number("split.train_per_class", placeholder="all")
    with columns[1]:
        fields.number("split.val")
    with columns[2]:
        fields.number("split.test")
    try:
        info = _described(recipe.data.name, recipe.data.path)
        parts = split_of(draft.get(), info)
    except ThawError as error:
        notices.show(error, "error")
        return
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
    with st.expander(f"{len(info.classes)} classes"):
        frame = pd.DataFrame(
            {
                "class": info.classes,
                **{
                    title: pd.Series(info.targets[indices]).value_counts()
                    .reindex(range(len(info.classes)), fill_value=0).to_numpy()
                    for title, indices in (
                        ("train", parts.train), ("validation", parts.val), ("test", parts.test)
                    )
                },
            }
        )
        st.dataframe(frame, hide_index=True, height=min(38 * len(frame) + 40, 320))
    if info.left_out:
        st.caption(f"{len(info.left_out)} files could not be used and are left out.")


@st.cache_data(max_entries=8, ttl=60, show_spinner="Looking at the images…")
def _described(name: str, path: str) -> DataInfo:
    return describe(name, path)
