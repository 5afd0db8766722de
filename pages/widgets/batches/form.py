"""The inputs: the data set, and every argument of the DataLoader by its own name."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.data import collate_table, datasets
from core.data.exploration import LoaderArguments, Sampler
from core.messages import Problem
from pages.state import exploration
from pages.state.language import say
from pages.widgets import field_words
from pages.widgets.plain import plain

HELP: dict[str, str] = {
    "size": "Side in pixels that images are squashed to; empty leaves them as they are stored.",
    "batches": "How many batches of the epoch are shown, from the first.",
    "loader.batch_size": "Samples in a batch. Empty is None: no batches, single samples.",
    "loader.shuffle": "Another order every epoch; here the one of the seed.",
    "loader.collate": "How a list of samples becomes a batch.",
    "loader.drop_last": "Leaves the last batch out if it is not full.",
    "loader.sampler": "Decides the order in place of shuffle. “weighted” draws each class as often "
    "as any other.",
    "loader.num_workers": "Processes that make batches; 0 makes them where the loop runs.",
    "loader.prefetch_factor": "Batches that each worker makes ahead; empty is None (2 with "
    "workers).",
    "loader.persistent_workers": "Keeps the workers alive between epochs.",
    "loader.pin_memory": "Puts tensors where a GPU can fetch them faster; no effect without one.",
    "loader.timeout": "Seconds to wait for a batch of a worker; 0 waits for ever.",
    "loader.in_order": "Hands batches out in order, even if a later one is ready first.",
    "loader.multiprocessing_context": "multiprocessing_context: how workers are started.",
    "loader.seed": "Of the generator that shuffles and samples.",
}


def edit(problems: Mapping[str, Problem]) -> None:
    """Draws all inputs; what is wrong with one stands beneath it."""
    entry = _data(problems)
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        _text("loader.batch_size", problems, placeholder="None")
    with right:
        _text("batches", problems, label="batches shown")
    fitting = [one.name for one in collate_table.COLLATES if entry.kind in one.kinds]
    _choice("loader.collate", fitting, label="collate_fn",
            show=lambda name: collate_table.find_collate(name).title)
    collate = collate_table.find_collate(str(exploration.raw("loader.collate")))
    st.caption(collate.about)
    if source := collate_table.source_of(collate.name):
        with st.popover("Its code", icon=":material/code:"):
            st.code(source, language="python")
    left, right = st.columns(2, vertical_alignment="center")
    with left:
        _switch("loader.shuffle")
    with right:
        _switch("loader.drop_last")
    with st.expander("Every other argument", icon=":material/tune:"):
        _others(problems, is_image=entry.kind == "image")
    for field, problem in problems.items():
        if field in ("", "loader"):
            _sentence(problem)


def _data(problems: Mapping[str, Problem]) -> datasets.DatasetEntry:
    _choice("data", [one.name for one in datasets.DATASETS], label="Data set",
            show=lambda name: datasets.find_dataset(name).title, on_change=_take_data)
    entry = datasets.find_dataset(str(exploration.raw("data")))
    if entry.name == "folder":
        _text("path", problems, label="Folder on this computer", placeholder="/home/me/flowers")
    elif entry.name == "upload":
        _upload()
    st.caption(entry.about)
    return entry


def _take_data() -> None:
    """A collate function or a size that the new data can't have goes back to the default."""
    exploration.take("data")
    entry = datasets.find_dataset(str(exploration.raw("data")))
    collate = collate_table.find_collate(str(exploration.raw("loader.collate")))
    if entry.kind not in collate.kinds:
        exploration.put("loader.collate", "default")
    if entry.kind != "image":
        exploration.put("size", "")
    exploration.put("path", "")
    exploration.redraw()


def _upload() -> None:
    from core.data import uploads

    found = {one.id: one.title for one in uploads.list_uploads()}
    if not found:
        st.markdown("Nothing was brought yet: the Train page takes a zip of images.")
        return
    if exploration.raw("path") not in found:
        exploration.put("path", next(iter(found)))
    _choice("path", list(found), label="Upload", show=lambda id: plain(found[id]))


def _others(problems: Mapping[str, Problem], *, is_image: bool) -> None:
    left, right = st.columns(2)
    with left:
        _text("loader.num_workers", problems)
        _choice("loader.sampler", list(Sampler.__args__))
        _text("loader.seed", problems, label="seed")
    with right:
        _text("loader.prefetch_factor", problems, placeholder="None")
        contexts = LoaderArguments.model_fields["multiprocessing_context"].annotation.__args__
        _choice("loader.multiprocessing_context", list(contexts), label="context")
        _text("loader.timeout", problems)
    for argument in ("persistent_workers", "pin_memory", "in_order"):
        _switch(f"loader.{argument}")
    if is_image:
        _text("size", problems, label="image size in pixels", placeholder="as stored")


def _text(
    field: str, problems: Mapping[str, Problem], *, label: str = "", placeholder: str = ""
) -> None:
    value = exploration.raw(field)
    st.text_input(
        label or _own_name(field), value="" if value is None else _spelled(value),
        key=exploration.key(field), on_change=exploration.take, args=(field,),
        placeholder=placeholder, help=HELP.get(field), autocomplete="off",
    )
    if field in problems:
        _sentence(problems[field])


def _spelled(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _choice(
    field: str, options: Sequence[str], *, label: str = "", show=field_words.choice,
    on_change=None,
) -> None:
    value = exploration.raw(field)
    st.selectbox(
        label or _own_name(field), options, format_func=show,
        index=options.index(value) if value in options else 0,
        key=exploration.key(field), on_change=on_change or exploration.take,
        args=() if on_change else (field,), help=HELP.get(field),
    )


def _switch(field: str) -> None:
    st.toggle(
        _own_name(field), value=bool(exploration.raw(field)), key=exploration.key(field),
        on_change=exploration.take, args=(field,), help=HELP.get(field),
    )


def _own_name(field: str) -> str:
    return field.rpartition(".")[2]


def _sentence(problem: Problem) -> None:
    st.markdown(f":small[:red[:material/error: {plain(say(problem))}]]")
