"""The inputs of the collate functions: data set, batch, and what the functions are given."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data import collate_trial, datasets
from core.data.collate_trial import CollateTrial
from pages.state import person

# The values of the inputs as they were begun: a button begins anew, with new inputs.
_BEGUN, _BATCH, _GENERATION = "collate.begun", "collate.batch", "collate.generation"
_BEGIN = CollateTrial().model_dump()

# What the lecture shows, one click each.
EXAMPLES: dict[str, Mapping[str, object]] = {
    "Two in order": {"batch_size": 2},
    "Three in order": {"batch_size": 3},
    "Two, shuffled": {"batch_size": 2, "order": "shuffled", "seed": 3},
    "Sentences": {"data": "sentences", "batch_size": 4, "order": "shuffled"},
    "Pictures of different sizes": {"data": "shapes", "batch_size": 4},
    "Digits, mixed": {"data": "digits", "batch_size": 6, "order": "shuffled", "seed": 7},
}


def show_examples() -> None:
    """Draws a button an example."""
    with st.container(horizontal=True, gap="small"):
        for title, values in EXAMPLES.items():
            st.button(title, key=f"collate.example {title}", on_click=replace, args=(values,))


def edit() -> CollateTrial:
    """Draws the inputs; they keep what they hold over page switches."""
    begun = {**_BEGIN, **(person.choice(_BEGUN) or {})}
    first = st.columns([3, 2, 3, 2])
    known = [one for one in datasets.DATASETS if not one.needs_path and not one.download_mb]
    names = [one.name for one in known]
    with first[0]:
        data = st.selectbox(
            "Data set", names, index=names.index(begun["data"]), key=_key("data"),
            format_func=lambda name: datasets.find_dataset(name).title, persist_state="session",
        )
    batch_size = _number(
        first[1], "batch_size", "batch_size", begun, at_most=collate_trial.MAX_BATCH,
    )
    with first[2]:
        order = st.segmented_control(
            "Order", ["in order", "shuffled"], default=begun["order"], key=_key("order"),
            required=True, persist_state="session",
        )
    seed = _number(
        first[3], "seed", "seed", begun, at_least=0, at_most=2**31 - 1,
        help="Of the shuffled order, and of what MixUp and CutMix draw.",
    )
    return collate_trial.parse({
        **begun, "data": data, "batch_size": batch_size, "order": order, "seed": seed,
        "batch": person.choice(_BATCH, 0), **_options(begun, datasets.find_dataset(data).kind),
    })


def replace(values: Mapping[str, object]) -> None:
    """Begins anew with these values; the others are the defaults."""
    person.remember(_BEGUN, dict(values))
    person.remember(_BATCH, 0)
    person.remember(_GENERATION, person.choice(_GENERATION, 0) + 1)


def go_to(batch: int) -> None:
    """Turns to another batch; everything else stays."""
    person.remember(_BATCH, batch)


def _options(begun: Mapping[str, object], kind: str) -> dict[str, object]:
    """Draws what only functions for this kind of samples are given."""
    if kind == "sequence":
        left, right, _ = st.columns([2, 2, 6])
        return {
            "multiple": _number(
                left, "multiple of", "multiple", begun, at_most=1024,
                help="For zero padding to a multiple.",
            ),
            "length": _number(
                right, "fixed length", "length", begun, at_most=4096,
                help="For zero padding to a fixed length; longer sequences are cut off there.",
            ),
        }
    if kind == "image":
        left, _ = st.columns([2, 8])
        return {"size": _number(
            left, "image size", "size", begun, at_least=8, at_most=512, placeholder="as stored",
            help="Side in pixels that images are squashed to; empty leaves them as stored.",
        )}
    return {}


def _number(
    place: DeltaGenerator, label: str, field: str, begun: Mapping[str, object], *,
    at_least: int = 1, at_most: int, help: str | None = None, placeholder: str | None = None,
) -> int | None:
    return place.number_input(
        label, at_least, at_most, begun[field], key=_key(field), help=help,
        placeholder=placeholder, persist_state="session",
    )


def _key(field: str) -> str:
    return f"collate.{field} {person.choice(_GENERATION, 0)}"
