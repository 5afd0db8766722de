"""Which sweep is shown: a new one that is being set up, or one that was begun."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.runs import grouped
from core.runs.sweep import Sweep
from pages.state import person
from pages.widgets import field_words, once, unlike_titles

_SHOWN, _REVISION = "sweep.shown", "sweep.revision"
_NEW = ""


def edit(sweeps: Sequence[Sweep]) -> Sweep | None:
    """Draws the choice, if there is one, and returns what is chosen; None for a new one."""
    if not sweeps:
        return None
    by_id = {one.id: one for one in sweeps}
    shown = person.choice(_SHOWN)
    if shown is None:  # whoever comes while one is under way wants to see it
        shown = next((one.id for one in sweeps if _is_going(one)), _NEW)
    options = [_NEW, *by_id]
    titles = unlike_titles.of({one.id: _title(one) for one in sweeps})
    chosen = st.selectbox(
        "Sweep", options, index=options.index(shown) if shown in by_id else 0,
        format_func=lambda id: titles.get(id, "A new one"),
        key=f"sweep.choice {_revision()}",
    )
    person.remember(_SHOWN, chosen)
    return by_id.get(chosen)


def show_next(sweep_id: str) -> None:
    """Chooses another one than the widget holds: it is drawn anew."""
    person.remember(_SHOWN, sweep_id)
    person.remember(_REVISION, _revision() + 1)


def token() -> str:
    """Of the new sweep that this person sets up now: another one once it was begun."""
    return once.token("sweep", _revision())


def _revision() -> int:
    """Raised whenever something else than the widget chose."""
    return int(person.choice(_REVISION, 0))


def show_new() -> None:
    """Chooses the setting up of a new one."""
    show_next(_NEW)


def _title(one: Sweep) -> str:
    try:
        begun = datetime.strptime(one.id[6:23], "%Y-%m-%d_%H%M%S").strftime("%d %b, %H:%M")
    except ValueError:
        begun = one.id
    fields = " × ".join(field_words.label(field) for field in one.spec.fields)
    return f"{one.name} · {fields}, {one.spec.runs} runs · {begun}"


def _is_going(one: Sweep) -> bool:
    return grouped.is_going(member.run for member in one.members)
