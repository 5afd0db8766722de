"""A sweep that was begun: how far it is, its best cell, its map and its table."""

import time
from collections.abc import Sequence

import streamlit as st

from core.evaluation.experiment import share_done
from core.evaluation.sweep import CellOutcome, is_going, outcomes_of, places_of
from core.messages import ThawError
from core.runs import expected, queue, sweep
from core.runs.sweep import Sweep
from pages.state import person
from pages.widgets import notices, recipe_words
from pages.widgets.experiment import queue_panel
from pages.widgets.plain import plain
from pages.widgets.sweep import best, levers, map_view, table, words

_EVERY = "3s"
_BESIDE = 620  # pixels of a map that leaves room for the best cell beside it


def show(shown: Sweep) -> None:
    """Draws it; while runs are to come, this part alone is drawn again every few seconds."""
    going = is_going(outcomes_of(shown))
    st.fragment(_draw, run_every=_EVERY if going else None)(shown.id, going)


def _draw(sweep_id: str, was_going: bool) -> None:
    with notices.guarded():
        try:
            shown = sweep.find(sweep_id)
        except ThawError:  # another browser deleted it
            st.rerun()
        _keep_going()
        outcomes = outcomes_of(shown)
        if was_going != is_going(outcomes):
            st.rerun()  # once, as a whole: it has ended, or goes on again
        recipe = shown.recipe
        st.markdown(
            f"The recipe, but for what is varied: {recipe_words.model(recipe)} · "
            f"{recipe_words.data(recipe)} · {recipe_words.training(recipe)}"
        )
        _progress(shown, outcomes)
        levers.show(shown, outcomes)
        queue_panel.show(queue.waiting())
        places = places_of(shown.spec, outcomes)
        metric = map_view.metric()
        beside = map_view.width_of(shown) <= _BESIDE
        left, right = st.columns([3, 2], gap="medium") if beside else [st.container()] * 2
        with right:
            best.show(shown, places, metric)
        with left:
            map_view.show(shown, places, metric)
        table.show(shown, outcomes)


def _keep_going() -> None:
    """Should the process of the queue have been killed, it is started again."""
    try:
        queue.keep_going()
    except ThawError as error:
        notices.show(error, "error")


def _progress(shown: Sweep, outcomes: Sequence[CellOutcome]) -> None:
    ended = sum(one.standing == "finished" for one in outcomes)
    of = f"{ended} of {len(outcomes)} runs have finished"
    if not is_going(outcomes):
        st.caption(f"{of}.")
        return
    left = _left(outcomes)
    words_left = "" if left is None else f" · {expected.words(left)} left"
    st.progress(share_done(outcomes), text=f"{of}{words_left}")
    running = [one for one in outcomes if one.standing == "running"]
    if not running:
        st.caption(
            "The queue is paused: it goes on when somebody presses “Continue” below."
            if queue.is_paused() else
            "The next run starts in a moment, or when another run has ended."
        )
    for one in running:
        _run(shown, one)


def _run(shown: Sweep, one: CellOutcome) -> None:
    now = one.now
    at = f"epoch {now.epoch} of {now.epochs}" if now.epochs else "starting"
    if now.status == "stopping":
        at = "stopping"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/motion_photos_on: **{plain(words.cell(shown.spec.axes, one.cell))}**, {at}"
        )
        if st.button("Watch it", icon=":material/show_chart:", key=f"sweep.watch {one.run.id}"):
            person.watch_run(one.run.id)
            st.switch_page("pages/train.py")


def _left(outcomes: Sequence[CellOutcome]) -> float | None:
    """Seconds until its last run has ended, with all that is queued before it; None if unknown."""
    etas = [one.now.eta_seconds for one in outcomes if one.standing == "running"]
    if None in etas or queue.is_paused():
        return None
    waiting = queue.waiting()
    own = {one.run for one in outcomes if one.standing == "waiting"}
    ends = [
        at.end for run, at in zip(waiting, expected.of_queue(waiting), strict=True) if run in own
    ]
    if None in ends:
        return None
    return max([*etas, *(end - time.time() for end in ends), 0.0])
