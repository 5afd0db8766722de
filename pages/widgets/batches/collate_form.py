"""The inputs of the collate functions: data set, batch, and what the functions are given."""

from collections.abc import Mapping

import streamlit as st

from core.data import collate_trial, datasets
from core.data.collate_trial import CollateTrial
from pages.state import person

_VALUES, _GENERATION = "collate.values", "collate.generation"
_BEGIN = CollateTrial().model_dump()

# What the lecture shows, one click each.
EXAMPLES: dict[str, Mapping[str, object]] = {
    "Two in order": {"batch_size": 2},
    "Three in order": {"batch_size": 3},
    "Two, shuffled": {"batch_size": 2, "order": "shuffled", "seed": 3},
    "Digits, mixed": {"data": "digits", "batch_size": 6, "order": "shuffled", "seed": 7},
}


def show_examples() -> None:
    """Draws a button an example."""
    with st.container(horizontal=True, gap="small"):
        for title, values in EXAMPLES.items():
            st.button(title, key=f"collate.example {title}", on_click=replace, args=(values,))


def edit() -> CollateTrial:
    """Draws the inputs; they keep what they hold over page switches."""
    values = {**_BEGIN, **(person.choice(_VALUES) or {})}
    first = st.columns([3, 2, 3, 2])
    known = [one for one in datasets.DATASETS if not one.needs_path and not one.download_mb]
    names = [one.name for one in known]
    with first[0]:
        values["data"] = st.selectbox(
            "Data set", names, index=names.index(values["data"]) if values["data"] in names else 0,
            format_func=lambda name: datasets.find_dataset(name).title, key=_key("data"),
        )
    with first[1]:
        values["batch_size"] = st.number_input(
            "batch_size", 1, collate_trial.MAX_BATCH, values["batch_size"], key=_key("batch_size"),
        )
    with first[2]:
        values["order"] = st.segmented_control(
            "Order", ["in order", "shuffled"], default=values["order"], key=_key("order"),
            required=True,
        )
    with first[3]:
        values["seed"] = st.number_input(
            "seed", 0, 2**31 - 1, values["seed"], key=_key("seed"),
            help="Of the shuffled order, and of what MixUp and CutMix draw.",
        )
    _options(values, datasets.find_dataset(values["data"]).kind)
    person.remember(_VALUES, values)
    return collate_trial.parse(values)


def replace(values: Mapping[str, object]) -> None:
    """Begins anew with these values; the others are the defaults."""
    person.remember(_VALUES, {**_BEGIN, **values})
    person.remember(_GENERATION, person.choice(_GENERATION, 0) + 1)


def go_to(batch: int) -> None:
    """Turns to another batch; everything else stays."""
    person.remember(_VALUES, {**_BEGIN, **(person.choice(_VALUES) or {}), "batch": batch})


def _options(values: dict[str, object], kind: str) -> None:
    """Draws what only functions for this kind of samples are given."""
    if kind == "sequence":
        left, right, _ = st.columns([2, 2, 6])
        values["multiple"] = left.number_input(
            "multiple of", 1, 1024, values["multiple"], key=_key("multiple"),
            help="For zero padding to a multiple.",
        )
        values["length"] = right.number_input(
            "fixed length", 1, 4096, values["length"], key=_key("length"),
            help="For zero padding to a fixed length; longer sequences are cut off there.",
        )
    values["size"] = None
    if kind == "image":
        left, _ = st.columns([2, 8])
        values["size"] = left.number_input(
            "image size", 8, 512, None, key=_key("size"), placeholder="as stored",
            help="Side in pixels that images are squashed to; empty leaves them as stored.",
        )


def _key(field: str) -> str:
    return f"collate.{field} {person.choice(_GENERATION, 0)}"
