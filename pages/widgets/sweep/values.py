"""The values of one field: typed as a list or a range, or picked where there are names."""

import streamlit as st

from core.data import collate_table, datasets
from core.messages import ThawError
from core.models import catalogue
from core.recipe import Recipe
from core.runs import sweep_fields
from core.runs.sweep_fields import SweepField
from core.runs.sweep_spec import AxisSpec, axis_of
from pages.state.language import say
from pages.widgets import field_words
from pages.widgets.plain import plain
from pages.widgets.sweep import words

# What stands there before anybody has typed.
_SUGGESTED: dict[str, str] = {
    "optimizer.weight_decay": "0, 0.01, 0.1", "optimizer.momentum": "0, 0.9",
    "optimizer.stage_factor": "0.4, 1", "loader.batch_size": "16, 32, 64", "train.seed": "0…2",
    "split.seed": "0…2", "train.epochs": "5, 10, 20", "split.train_per_class": "5, 10, 20",
    "freeze.stages": "1…3", "head.dropout": "0, 0.2, 0.5", "train.label_smoothing": "0, 0.1",
    "train.clip_norm": "none, 1", "train.ema": "none, 0.9, 0.99", "transform.size": "32, 64",
    "transform.draws": "0, 1, 5", "schedule.warmup_epochs": "0, 1, 3",
}
_PICKED: dict[str, tuple[str, ...]] = {"freeze.preset": ("linear_probe", "all")}
_MANY = 3  # choices that are picked at first


def edit(field: str, recipe: Recipe) -> AxisSpec | None:
    """Draws the input and returns what it says; None, with a sentence, while that is no list."""
    known = sweep_fields.find(field)
    given = _typed(known, recipe) if known.kind in ("whole", "number") else _pick(known, recipe)
    try:
        axis = axis_of(field, given)
    except ThawError as error:
        colour, icon = ("red", "error") if given else ("gray", "edit")
        st.markdown(f":small[:{colour}[:material/{icon}: {plain(say(error))}]]")
        return None
    if isinstance(given, str):  # how a range was read
        read = " · ".join(words.value(field, value) for value in axis.values)
        st.markdown(f":small[:gray[{len(axis.values)} values: {plain(read)}]]")
    return axis


def key_of(field: str) -> str:
    """The key of the field's input."""
    return f"sweep.values {field}"


def held(axis: AxisSpec) -> object:
    """What the input of a field holds when it says these values."""
    if sweep_fields.find(axis.field).kind in ("whole", "number"):
        return ", ".join(map(sweep_fields.words, axis.values))
    return list(axis.values)


def _typed(known: SweepField, recipe: Recipe) -> str:
    return st.text_input(
        "Values", value=_suggested(known.name, recipe), key=key_of(known.name),
        persist_state="session", autocomplete="off", placeholder="1, 2, 3 or 1…3",
        help="A list such as “0.1, 0.01, 0.001”, or a range with the number of values, such as "
        "“0…0.4 5” or “0.0001…0.1 log 4”." + (
            " “none” stands for no value." if known.optional else ""
        ),
    )


def _pick(known: SweepField, recipe: Recipe) -> list[object]:
    options = _options(known, recipe)
    return st.multiselect(
        "Values", options, default=_first(known.name, options, recipe), key=key_of(known.name),
        persist_state="session", format_func=lambda value: words.value(known.name, value),
        placeholder="Choose two or more",
    )


def _options(known: SweepField, recipe: Recipe) -> list[object]:
    if known.kind == "switch":
        return [True, False]
    if known.kind == "choice":
        return list(known.choices)
    if known.name == "model.name":
        return sorted(entry.name for entry in catalogue.CATALOGUE)
    if known.name == "model.weights":
        entry = catalogue.find_model(recipe.model.name)
        return [*(weights.name for weights in entry.weights), catalogue.NO_WEIGHTS]
    if known.name == "data.name":
        return [one.name for one in datasets.DATASETS if one.trainable and not one.needs_path]
    return [one.name for one in collate_table.COLLATES if one.trainable]


def _first(field: str, options: list[object], recipe: Recipe) -> list[object]:
    """What is picked at first: little is all of it, else the recipe's own and others beside it."""
    if field in _PICKED:
        return list(_PICKED[field])
    if len(options) <= _MANY:
        return options
    part, last = field.split(".")
    own = getattr(getattr(recipe, part), last)
    return [own] if own in options else []


def _suggested(field: str, recipe: Recipe) -> str:
    if field == "optimizer.lr":
        rate = recipe.optimizer.lr
        return ", ".join(
            sweep_fields.words(one) for one in (rate / 10, rate, rate * 10) if one <= 10
        )
    return _SUGGESTED.get(field, "")


def labels() -> dict[str, str]:
    """The fields that can be varied, those that are varied most first, with their labels."""
    every = [*_OFTEN, *(field for field in sweep_fields.fields() if field not in _OFTEN)]
    return {field: field_words.label(field) for field in every}


_OFTEN = (
    "optimizer.lr", "freeze.preset", "loader.batch_size", "optimizer.name", "train.seed",
    "optimizer.weight_decay", "transform.augment", "split.train_per_class", "train.epochs",
    "model.name", "schedule.name", "transform.size", "head.kind", "train.mix",
)
