"""An experiment that was begun: how far it is, its verdict, its curves and its table."""

from collections.abc import Sequence

import streamlit as st

from core.evaluation import experiment_time
from core.evaluation.experiment import TO_COME, Outcome, outcomes_of, share_done
from core.messages import ThawError
from core.runs import device_use, experiment, queue, supervisor
from core.runs.experiment import Experiment
from core.runs.folder import Run
from pages.state import person
from pages.state.language import say
from pages.widgets import notices
from pages.widgets.experiment import charts, levers, queue_panel, table, verdict, words
from pages.widgets.plain import plain
from pages.widgets.train.words import duration

_EVERY = "3s"


def show(shown: Experiment) -> None:
    """Draws it; while runs are to come, this part alone is drawn again every few seconds."""
    to_come = _to_come(outcomes_of(shown))
    st.fragment(_draw, run_every=_EVERY if to_come else None)(shown.id, bool(to_come))


def _draw(experiment_id: str, was_going: bool) -> None:
    with notices.guarded():
        try:
            shown = experiment.find(experiment_id)
        except ThawError:  # its last run was removed, by another browser perhaps
            st.rerun()
        _keep_going()
        outcomes = outcomes_of(shown)
        if was_going != bool(_to_come(outcomes)):
            st.rerun()  # once, as a whole: it has ended, or goes on again
        _progress(shown, outcomes)
        levers.show(shown, outcomes)
        queue_panel.show(queue.waiting())
        verdict.show(outcomes)
        charts.show(outcomes)
        table.show(outcomes)


def _keep_going() -> None:
    """Should the process of the queue have been killed, it is started again."""
    try:
        queue.keep_going()
    except ThawError as error:
        notices.show(error, "error")


def _progress(shown: Experiment, outcomes: Sequence[Outcome]) -> None:
    ended = [one for one in outcomes if one.standing == "finished"]
    running = [one for one in outcomes if one.standing == "running"]
    of = f"{len(ended)} of {len(outcomes)} runs have finished"
    if not _to_come(outcomes):
        st.caption(of)
        return
    left = _left(shown, outcomes)
    st.progress(
        share_done(outcomes), text=f"{of}{f' · about {duration(left)} left' if left else ''}"
    )
    if not running:
        st.caption("The next run starts in a moment, or when another run has ended.")
    for one in running:
        with st.container(horizontal=True, vertical_alignment="center"):
            number = [(o.plan, o.seed) for o in outcomes].index((one.plan, one.seed)) + 1
            now = one.now
            at = f"epoch {now.epoch} of {now.epochs}" if now.epochs else "starting"
            st.markdown(
                f":material/motion_photos_on: Run {number} of {len(outcomes)}: "
                f"**{words.LABELS[one.plan]}, seed {one.seed}**, {at}"
            )
            if st.button(
                "Watch it", icon=":material/show_chart:", key=f"experiment.watch {one.run.id}"
            ):
                person.watch_run(one.run.id)
                st.switch_page("pages/train.py")
            st.button(
                "Stop this run", icon=":material/stop_circle:",
                key=f"experiment.stop {one.run.id}", disabled=now.status == "stopping",
                on_click=_stop, args=(one.run,),
                help="It keeps what it has; the next one starts.",
            )


def _stop(run: Run) -> None:
    try:
        supervisor.stop(run)
    except ThawError as error:
        person.notify(plain(say(error)), "error")


def _left(shown: Experiment, outcomes: Sequence[Outcome]) -> float | None:
    """Seconds until the last run has ended, as far as its finished runs tell."""
    known = experiment_time.known_from(one.run for one in outcomes if one.standing == "finished")
    waiting = {(one.plan, one.seed) for one in outcomes if one.standing == "waiting"}
    planned = [
        (one.plan, one.recipe) for one in shown.planned() if (one.plan, one.seed) in waiting
    ]
    seconds = experiment_time.expected(planned, known).seconds
    etas = [one.now.eta_seconds for one in outcomes if one.standing == "running"]
    if seconds is None or None in etas:
        return None
    at_a_time = device_use.at_a_time(shown.recipe)
    return max([(seconds + sum(etas)) / at_a_time, *etas])


def _to_come(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [one for one in outcomes if one.standing in TO_COME]
