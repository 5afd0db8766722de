"""The name and the note of a run, which a person may change at any time."""

import streamlit as st

from core.messages import ThawError
from core.runs import meta
from pages.state import person
from pages.widgets.runs.reading import SeenRun


def edit(seen: SeenRun) -> None:
    """Draws both inputs; what is typed is kept as soon as the input is left."""
    name, note = st.columns([2, 3])
    typed_name = name.text_input(
        "Name", value=seen.name, key=f"runs.name {seen.id}", max_chars=120, placeholder=seen.id,
        autocomplete="off",
    )
    typed_note = note.text_area(
        "Note", value=seen.note, key=f"runs.note {seen.id}", max_chars=2000, height=68,
        placeholder="What you tried, what you saw",
    )
    _keep(seen, "name", typed_name, seen.name)
    _keep(seen, "note", typed_note, seen.note)


def _keep(seen: SeenRun, what: str, typed: str | None, kept: str) -> None:
    text = (typed or "").strip()
    # Only what was typed just now: in the meantime somebody else may have renamed the run.
    if not person.is_new(f"runs.{what} {seen.id}", text) or text == kept:
        return
    try:
        meta.set_meta(seen.run, **{what: text})
    except OSError as error:  # a full disk, or a folder that was made read-only
        person.notify(f"The {what} could not be kept ({error.strerror}).", "error")
    except ThawError as error:
        person.notify(error.problem, "error")
    st.rerun()
