"""The inputs: the data set, and every argument of the DataLoader by its own name.

What a first lesson needs stands open; the rest lies in three parts that open by themselves
where an example has set something in them.
"""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data import collate_table, datasets
from pages.state import exploration, person
from pages.widgets.batches import form_words
from pages.widgets.batches.form_inputs import (
    Problems,
    choice,
    code,
    explained,
    offer,
    sentence,
    switch,
    text,
)
from pages.widgets.plain import plain

_SAMPLING = ("loader.sampler", "loader.batch_sampler")
_WORKERS = (
    "loader.num_workers", "loader.prefetch_factor", "loader.persistent_workers",
    "loader.in_order", "loader.timeout", "loader.multiprocessing_context",
    "loader.worker_init_fn",
)
_MEMORY = ("loader.pin_memory", "loader.pin_memory_device")
_OPEN = "batches.open"


def edit(problems: Problems) -> None:
    """Draws all inputs; what is wrong with one stands beneath it."""
    entry = _data(problems)
    left, right = _two()
    with left:
        text("loader.batch_size", problems, placeholder="None")
    with right:
        text("loader.seed", problems, label="seed")
    with st.container(horizontal=True, gap="medium"):
        switch("loader.shuffle")
        switch("loader.drop_last")
    if entry.stream:
        offer("Switch shuffle off", ["loader.shuffle"])
    _collate(problems, entry)
    left, right = _two()
    with left:
        text("batches", problems, label="batches shown")
    with right:
        text("epochs", problems, label="epochs")
    with _part("Sampler and batch_sampler", ":material/format_list_numbered:", _SAMPLING):
        _sampler(problems)
        _batch_sampler(problems)
    with _part("Workers", ":material/group_work:", _WORKERS):
        _workers(problems)
    with _part("Memory", ":material/memory:", _MEMORY):
        switch("loader.pin_memory")
        explained("loader.pin_memory_device", form_words.DEVICES)
    for field, problem in problems.items():
        if field in ("", "loader"):
            sentence(problem)


def _two() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two places side by side, on a phone too, where columns lie one below the other."""
    row = st.container(horizontal=True, wrap=False, gap="small")
    return row.container(width="stretch"), row.container(width="stretch")


def _part(title: str, icon: str, fields: Sequence[str]):
    """An expander; whether it begins open is decided when the form was filled anew."""
    generation = exploration.key("")
    kept = person.choice(_OPEN)
    opened = kept[1] if kept and kept[0] == generation else {}
    if title not in opened:
        opened[title] = not all(map(exploration.is_default, fields))
        person.remember(_OPEN, (generation, opened))
    return st.expander(title, icon=icon, expanded=opened[title])


# --- the data set ------------------------------------------------------------------------


def _data(problems: Problems) -> datasets.DatasetEntry:
    choice("data", [one.name for one in datasets.DATASETS], label="Data set",
           show=lambda name: datasets.find_dataset(name).title, on_change=_take_data)
    entry = datasets.find_dataset(str(exploration.raw("data")))
    if entry.name == "folder":
        text("path", problems, label="Folder on this computer", placeholder="/home/me/flowers")
    elif entry.name == "upload":
        _upload()
    st.caption(entry.about)
    if entry.kind == "image":
        text("size", problems, label="image size in pixels", placeholder="as stored")
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
    choice("path", list(found), label="Upload", show=lambda id: plain(found[id]))


# --- the arguments -----------------------------------------------------------------------


def _collate(problems: Problems, entry: datasets.DatasetEntry) -> None:
    fitting = [one.name for one in collate_table.COLLATES if entry.kind in one.kinds]
    choice("loader.collate", fitting, label="collate_fn",
           show=lambda name: collate_table.find_collate(name).title)
    collate = collate_table.find_collate(str(exploration.raw("loader.collate")))
    if collate.name == "pad_multiple":
        text("loader.collate_multiple", problems, label="multiple")
    if collate.name == "pad_length":
        text("loader.collate_length", problems, label="length")
    st.caption(collate.about)
    if source := collate_table.source_of(collate.name):
        code(source)


def _sampler(problems: Problems) -> None:
    chosen = explained("loader.sampler", form_words.SAMPLERS)
    if chosen in ("random", "with_replacement", "weighted"):
        text("loader.num_samples", problems, placeholder="as many as there are")
    if chosen == "subset":
        text("loader.subset", problems, label="indices", placeholder="0-9, 20, 35")
    if chosen == "distributed":
        left, right = _two()
        with left:
            text("loader.rank", problems)
        with right:
            text("loader.world_size", problems, label="num_replicas")
        switch("loader.set_epoch", label="set_epoch before every epoch")
    if chosen != "default":
        offer("Switch shuffle off", ["loader.shuffle"])


def _batch_sampler(problems: Problems) -> None:
    if explained("loader.batch_sampler", form_words.BATCH_SAMPLERS) == "default":
        return
    text("loader.batch_sampler_size", problems, label="its batch_size")
    switch("loader.batch_sampler_drop_last", label="its drop_last")
    offer(
        "Leave the rest to it",
        ["loader.batch_size", "loader.shuffle", "loader.sampler", "loader.drop_last"],
    )


def _workers(problems: Problems) -> None:
    left, right = _two()
    with left:
        text("loader.num_workers", problems)
    with right:
        text("loader.prefetch_factor", problems, placeholder="None")
    text("loader.timeout", problems)
    switch("loader.persistent_workers")
    switch("loader.in_order")
    explained("loader.worker_init_fn", form_words.WORKER_INITS)
    explained("loader.multiprocessing_context", form_words.CONTEXTS)
    if exploration.is_default("loader.num_workers"):
        offer(
            "Leave out what needs workers",
            ["loader.prefetch_factor", "loader.persistent_workers", "loader.timeout",
             "loader.multiprocessing_context"],
        )
