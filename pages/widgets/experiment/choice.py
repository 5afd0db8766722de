"""Which experiment is shown: a new one that is being set up, or one that was begun."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.runs import grouped
from core.runs.experiment import Experiment
from pages.state import person
from pages.widgets import once, unlike_titles

_SHOWN, _REVISION = "experiment.shown", "experiment.revision"
_NEW = ""


def edit(experiments: Sequence[Experiment]) -> Experiment | None:
    """Draws the choice, if there is one, and returns what is chosen; None for a new one."""
    if not experiments:
        return None
    by_id = {one.id: one for one in experiments}
    shown = person.choice(_SHOWN)
    if shown is None:  # whoever comes while one is under way wants to see it
        shown = next((one.id for one in experiments if _is_going(one)), _NEW)
    options = [_NEW, *by_id]
    titles = unlike_titles.of({one.id: _title(one) for one in experiments})
    chosen = st.selectbox(
        "Experiment", options, index=options.index(shown) if shown in by_id else 0,
        format_func=lambda id: titles.get(id, "A new one"),
        key=f"experiment.choice {_revision()}",
    )
    person.remember(_SHOWN, chosen)
    return by_id.get(chosen)


def show_next(experiment_id: str) -> None:
    """Chooses another one than the widget holds: it is drawn anew."""
    person.remember(_SHOWN, experiment_id)
    person.remember(_REVISION, _revision() + 1)


def token() -> str:
    """Of the new experiment that this person sets up now: another one once it was begun."""
    return once.token("experiment", _revision())


def _revision() -> int:
    """Raised whenever something else than the widget chose."""
    return int(person.choice(_REVISION, 0))


def show_new() -> None:
    """Chooses the setting up of a new one."""
    show_next(_NEW)


def _title(one: Experiment) -> str:
    try:
        begun = datetime.strptime(one.id[11:28], "%Y-%m-%d_%H%M%S").strftime("%d %b, %H:%M")
    except ValueError:
        begun = one.id
    seeds = "1 seed" if one.spec.seeds == 1 else f"{one.spec.seeds} seeds"
    return f"{one.name} · {len(one.spec.plans)} plans, {seeds} · {begun}"


def _is_going(one: Experiment) -> bool:
    return grouped.is_going(member.run for member in one.members)
