"""What races: the argument that varies, the training step to feed, and for how long."""

from collections.abc import Mapping

import streamlit as st

from core.data import race_spec
from core.data.exploration import Exploration
from core.data.race_spec import Race
from core.messages import Problem
from core.spec import SpecError
from pages.state import exploration

PRESETS: dict[str, Mapping[str, object]] = {
    "5,000 random samples": {"data": "random_5000", "loader.batch_size": 10},
    "10,000 random samples": {"data": "random_10000", "loader.batch_size": 10},
    "A slow data set": {"data": "slow", "loader.batch_size": 8},
    "Digits as pictures": {
        "data": "digits", "size": 224, "loader.batch_size": 16, "loader.shuffle": True,
    },
}
_VARY: Mapping[str, str] = {
    "num_workers": "num_workers", "multiprocessing_context": "start method",
    "prefetch_factor": "prefetch_factor", "persistent_workers": "persistent_workers",
    "in_order": "in_order",
}
_STEPS: Mapping[str, str] = {
    "none": "none, only the loader", "sleep": "waits, as for a GPU",
    "compute": "computes on the CPU",
}
_COUNTS = (0, 1, 2, 3, 4, 6, 8)


def choose_preset() -> None:
    """Draws a button a preset; a click changes the form beside."""
    with st.container(horizontal=True, gap="small"):
        for title, values in PRESETS.items():
            if st.button(title, key=f"race.preset {title}"):
                exploration.replace(values)
                st.rerun()  # the form is not of this fragment


def edit(wanted: Exploration) -> tuple[Race | None, tuple[Problem, ...]]:
    """Draws the inputs; the race, or why there can't be one."""
    raw: dict[str, object] = {"exploration": wanted.model_dump()}
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        raw["vary"] = st.selectbox(
            "What varies", list(_VARY), format_func=_VARY.get, key="race.vary", width=170,
            persist_state="session",
            help="All other arguments are those of the form. Apart from num_workers all of them "
            "need a worker: with 0 in the form it is 1 here.",
        )
        raw["step"] = st.selectbox(
            "Training step", list(_STEPS), format_func=_STEPS.get, key="race.step", width=200,
            persist_state="session",
            help="What the main process does with each batch. A step that computes is a fixed "
            "amount of work: where workers share its core it takes longer.",
        )
        if raw["step"] != "none":
            raw["step_ms"] = st.number_input(
                "ms of a step", 0.1, 1000.0, 5.0, key="race.step_ms", width=130,
                persist_state="session",
            )
        with st.popover("For how long", icon=":material/schedule:"):
            raw["seconds"] = st.number_input(
                "Seconds of each loader in a round", 0.1, 5.0, 0.8, step=0.1, key="race.seconds",
                persist_state="session",
            )
            raw["rounds"] = st.number_input(
                "Rounds", 1, 9, 3, key="race.rounds", persist_state="session",
                help="The loaders take turns, so that a busy moment hits all. Medians are shown.",
            )
    if raw["vary"] == "num_workers":
        counts = [one for one in _COUNTS if one <= race_spec.most_workers()]
        raw["workers"] = st.pills(
            "num_workers", counts, selection_mode="multi", key="race.workers",
            default=[one for one in (0, 1, 2, 4) if one in counts], persist_state="session",
        )
    try:
        return race_spec.parse(raw), ()
    except SpecError as error:
        return None, tuple(error.problems)
