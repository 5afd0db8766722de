"""In how many processes a run trains, beside what this machine has for them."""

import streamlit as st

from core import portable
from core.messages import Problem, sentence
from core.recipe import Recipe
from core.runs import device_slots
from pages.state import draft
from pages.widgets import fields


def edit() -> None:
    """Draws the number of processes, and what several of them mean."""
    fields.number("train.processes")
    recipe = draft.get()
    kind = device_slots.kind_for(recipe)
    if recipe.train.processes > 1 and kind == "cuda":
        fields.switch("train.sync_batchnorm")
    if said := told(recipe, kind, len(set(device_slots.of_kind("cuda"))), portable.cores()):
        st.caption(said)


def told(recipe: Recipe, kind: str, gpus: int, cores: int) -> str:
    """What to say of a recipe's processes; nothing where one is all there can be.

    Args:
        kind: Of the device that a run of the recipe would hold.
        gpus: That there are.
        cores: That there are.
    """
    processes, threads = recipe.train.processes, recipe.train.threads
    if processes == 1:
        return f"There are {gpus} GPUs here: as many processes can share each batch." if (
            kind == "cuda" and gpus > 1
        ) else ""
    shared = (
        "The curve is that of one process, but for dropout and for BatchNorm, which sees a part of "
        "the batch. The dry run measures all of them at work; the search for a learning rate takes "
        f"their parts of a batch one after another.{_uneven(recipe)}"
    )
    if kind == "mps":
        return sentence(Problem("recipe.processes_on_mps"))
    if kind == "cuda":
        if processes > gpus:
            return sentence(Problem("training.too_few_gpus", {"gpus": gpus}))
        return f"{processes} of {gpus} GPUs. {shared}"
    each = "one thread" if threads == 1 else f"{threads} threads"
    slow = ": slower than one process" if processes * threads > cores else ""
    return f"{processes} processes of {each} each on {cores} cores{slow}. {shared}"


def _uneven(recipe: Recipe) -> str:
    """What keeps features of the frozen part from being kept, if the batch size does."""
    size, parts = recipe.loader.batch_size, recipe.train.processes * recipe.train.accumulate
    freezes = recipe.freeze.preset not in ("all", "from_scratch") or recipe.freeze.exceptions
    if recipe.features.cache == "off" or not freezes or size % parts == 0:
        return ""
    return (
        f" Features of a frozen part can only be kept if batch_size is a multiple of {parts}, such "
        f"as {(size // parts + 1) * parts}."
    )
