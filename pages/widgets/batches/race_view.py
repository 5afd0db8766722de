"""The worker race: which `num_workers` is fastest on this machine, and why."""

from dataclasses import dataclass

import streamlit as st

from core.data.exploration import Exploration
from core.data.race_answer import answer_of
from core.data.race_process import Course
from core.data.race_spec import Outcome, Race
from core.messages import Problem, ThawError
from pages.state import person
from pages.state.language import say
from pages.widgets import notices
from pages.widgets.batches import race_charts, race_form, race_lanes
from pages.widgets.batches.children import children
from pages.widgets.plain import plain

_KEPT = "batches.race"
_EVERY = "0.5s"
_NO_ERROR = ("child.cancelled", "race.unwatched", "race.busy")


@dataclass(frozen=True)
class _Kept:
    """What this person asked for last.

    Attributes:
        race: While it goes on, and its number.
        before: The outcome that is shown, also meanwhile.
        problem: Why there is no other.
    """

    race: Race | None = None
    number: int | None = None
    before: Outcome | None = None
    problem: Problem | None = None


@st.cache_resource(show_spinner=False)
def course() -> Course:
    """Where races are run: one for this server, whoever asks."""
    return Course()


def show(wanted: Exploration) -> None:
    """Draws the inputs, the race while it goes on, and what it came to."""
    st.markdown(
        "The loader of the form really runs, once for each value, in a process of its own. "
        "Which is fastest depends on the data, the step and this machine: measure it."
    )
    race_form.choose_preset()
    race, problems = race_form.edit(wanted)
    for problem in problems:
        notices.show(problem, "warning")
    kept: _Kept = person.choice(_KEPT) or _Kept()
    st.button(
        "Measure" if kept.before is None else "Measure again", icon=":material/timer:",
        type="primary", key="race.measure", on_click=_start, args=(race,),
        disabled=race is None or kept.number is not None,
    )
    if kept.number is not None:
        st.fragment(_follow, run_every=_EVERY)(kept)
    elif kept.problem:
        notices.show(kept.problem, "info" if kept.problem.id in _NO_ERROR else "error")
    if kept.before:
        _show_outcome(kept.before, is_stale=race is None or _core(kept.before.race) != _core(race))


def _start(race: Race) -> None:
    kept: _Kept = person.choice(_KEPT) or _Kept()
    try:
        person.remember(_KEPT, _Kept(race, course().begin(race, children()), kept.before))
    except ThawError as error:
        person.remember(_KEPT, _Kept(before=kept.before, problem=error.problem))


def _follow(kept: _Kept) -> None:
    with notices.guarded():
        now = course().look(kept.number)
        if now.is_over:
            before = now.outcome or kept.before
            person.remember(_KEPT, _Kept(before=before, problem=now.problem))
            st.rerun()
        words = f"Lap {now.done + 1} of {now.all}: `{kept.race.vary}` {now.name}"
        st.progress(now.done / now.all if now.all else 0.0, text=words if now.all else "Starting")
        st.button("Stop measuring", icon=":material/stop_circle:", type="tertiary",
                  key="race.stop", on_click=course().cancel, args=(kept.number,))


def _core(race: Race) -> Race:
    """Without what says only how much is shown elsewhere."""
    shown = race.exploration.model_copy(update={"batches": 1, "epochs": 1})
    return race.model_copy(update={"exploration": shown})


def _show_outcome(outcome: Outcome, *, is_stale: bool) -> None:
    if is_stale:
        st.warning("**Out of date:** measured before the arguments changed. Measure again.",
                   icon=":material/history:")
    verdict, *reasons = (plain(say(problem)) for problem in answer_of(outcome))
    with st.container(border=True):
        st.subheader(verdict, anchor=False)
        for reason in reasons:
            st.markdown(reason)
        st.caption(_how(outcome))
    race_charts.show(outcome)
    race_lanes.show(outcome)


def _how(outcome: Outcome) -> str:
    race = outcome.race
    step = {
        "none": "no training step", "sleep": f"a step that waits {race.step_ms:g} ms",
        "compute": f"a step of {race.step_ms:g} ms of computing",
    }[race.step]
    rounds = "1 round" if outcome.rounds == 1 else f"{outcome.rounds} rounds in turns"
    short = "" if outcome.rounds >= race.rounds else f" (of {race.rounds}: time was up)"
    return (
        f"{outcome.cores} cores · {step} · {rounds}{short}, {race.seconds:g} s each · medians. "
        "Equal are loaders whose rounds overlap, or whose medians differ by less than 5 %."
    )
