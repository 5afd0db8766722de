"""Collate functions side by side: the samples of one batch, and what each makes of them."""

import streamlit as st

from core.data import collate_table, collate_trial, datasets
from core.data.collate_table import CollateEntry
from core.data.collate_trial import CollateTrial, Failure, Made, Tried
from pages.widgets import notices
from pages.widgets.batches import collate_form, collate_pictures
from pages.widgets.batches.children import children

_SECONDS = 60.0


def show() -> None:
    """Draws it."""
    st.markdown(
        "A `collate_fn` gets the samples of one batch in a list and makes the batch. Here every "
        "function gets the same samples."
    )
    collate_form.show_examples()
    trial = collate_form.edit()
    tried = _tried(trial)
    collate_pictures.style()
    _show_samples(trial, tried)
    st.subheader("What each function makes of them", anchor=False)
    for place in range(0, len(tried.made), 2):
        for column, made in zip(st.columns(2), tried.made[place : place + 2], strict=False):
            with column, st.container(border=True, height="stretch", gap="small"):
                _show_made(made, trial, tried)


@st.cache_data(max_entries=32, ttl=600, show_spinner="The collate functions run…")
def _tried(trial: CollateTrial) -> Tried:
    return children().run(
        "collate", trial.model_dump(), seconds=_SECONDS, read=collate_trial.read
    )


def _show_samples(trial: CollateTrial, tried: Tried) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Batch {tried.batch + 1:,}** of {tried.total:,}", width="content")
        st.button(
            "Previous", icon=":material/chevron_left:", key="collate.previous",
            on_click=collate_form.go_to, args=(tried.batch - 1,), disabled=tried.batch == 0,
        )
        st.button(
            "Next", icon=":material/chevron_right:", key="collate.next",
            on_click=collate_form.go_to, args=(tried.batch + 1,),
            disabled=tried.batch + 1 >= tried.total,
        )
    entry = datasets.find_dataset(trial.data)
    gives = "`dataset[i]` gives" if tried.indices else "the stream, in its own order, yields"
    count = len(tried.samples)
    samples = "Its sample" if count == 1 else f"Its {count} samples"
    st.caption(f"{samples}, as {gives} {'it' if count == 1 else 'them'} ({entry.title}).")
    collate_pictures.show_samples(tried)


def _show_made(made: Made, trial: CollateTrial, tried: Tried) -> None:
    entry = collate_table.find_collate(made.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{entry.title}**")
        _show_source(entry, trial, tried)
    st.caption(entry.about)
    if made.failure:
        _show_failure(made.failure, tried)
        return
    _show_shares(made)
    collate_pictures.show_batch(made, tried)


def _show_shares(made: Made) -> None:
    filled, size = (
        sum(getattr(part, name) for part in made.parts if part.padding is not None)
        for name in ("filled", "size")
    )
    words = [f"a {made.form}"]
    if size:
        words.append(f"padding: {filled:,} of {size:,} values (**{filled / size:.0%}**)")
    if made.lost:
        words.append(f":orange-badge[{made.lost:,} values cut off]")
    st.markdown(" · ".join(words))
    if made.shares:
        st.caption("Each picture is mixed with the one before it, the first with the last.")


def _show_failure(failure: Failure, tried: Tried) -> None:
    at = f"{failure.line}\n" if failure.line else ""
    st.code(f"{at}{failure.kind}: {failure.said}", language=None, wrap_lines=True)
    notices.show(failure.why, "error")
    if "missing" in failure.why.values:
        collate_pictures.show_attempt(tried, int(failure.why.values["missing"]))


def _show_source(entry: CollateEntry, trial: CollateTrial, tried: Tried) -> None:
    call = collate_table.call_of(
        entry.name, multiple=trial.multiple, length=trial.length, classes=tried.classes
    )
    source = collate_table.source_of(entry.name)
    with st.popover("Its code", icon=":material/code:", type="tertiary"):
        if not source:
            st.markdown("It is PyTorch's own: `torch.utils.data.default_collate`.")
        text = f"{source}\n\n\n" if source else ""
        st.code(f"{text}DataLoader(dataset, …, collate_fn={call})", language="python")
