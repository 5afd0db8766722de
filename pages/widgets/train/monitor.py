"""A run while it trains, and how it ended: status, progress, curves."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from core.messages import Problem
from core.runs.feed import StageOpening
from core.runs.folder import Run
from core.runs.status import RunStatus, status
from pages.state import feeds, person
from pages.state.language import say
from pages.widgets import live_chart, notices, predictions, sizes
from pages.widgets.plain import plain
from pages.widgets.train import (
    acted,
    controls,
    fit_batch_panel,
    group_table,
    open_stages_panel,
    resuming,
    watched,
    words,
)

_EVERY = "1s"  # a step that the worker has written is drawn within two


def show(run: Run) -> None:
    """Draws the run; while it lives or waits, this part is drawn again every second."""
    feeds.begin(run)
    acted.take()  # what a lever had to say is drawn already
    was = _standing(status(run))
    st.fragment(_draw, run_every=None if was == "ended" else _EVERY)(run, was)


def _standing(now: RunStatus) -> Literal["live", "queued", "ended"]:
    if now.is_live:
        return "live"
    return "queued" if now.status == "queued" else "ended"  # the queue may start it at any moment


def _draw(run: Run, was: str) -> None:
    with notices.guarded():
        if not run.path.exists():
            person.watch_run(None)
            person.notify(*watched.gone(run.id))
            st.rerun()
        now = status(run)
        # Once, as a whole: it has ended, was resumed and moves again, or there is something to say.
        if was != _standing(now) or acted.take():
            st.rerun()
        _head(run, now)
        if fit_batch_panel.is_wanted(now):
            fit_batch_panel.show(run)
        if now.can_resume and open_stages_panel.is_open(run):
            open_stages_panel.show(run)
        _numbers(now)
        _features(now)
        _compiled(now)
        points, whole = feeds.next_points(run)
        best = (now.best or {}).get("epoch")
        live_chart.show(
            f"chart {run.id}", points, whole=whole, best_epoch=best, live=now.is_live,
            predictions=predictions.over_steps(run, now, points.epochs),
        )
        st.caption(
            "Over steps; each stripe is an epoch. Train is measured while the epoch trains, with "
            "augmentation; validation after it, without. Epoch 0 is the model before its first "
            "step."
        )
        predictions.show(run, now)
        _openings(run, points.openings)


def _openings(run: Run, openings: Sequence[StageOpening]) -> None:
    """What was opened on the way, with the optimiser's groups before and after."""
    if not openings:
        return
    with st.expander("Stages that were opened", icon=":material/lock_open:"):
        for number, opening in enumerate(openings):
            st.markdown(
                f"**{plain(opening.label)}**, epoch {opening.epoch}, after step {opening.step:,}"
            )
            group_table.show(opening.before, opening.after, f"opened {run.id} {number}")


def _head(run: Run, now: RunStatus) -> None:
    line = st.container(horizontal=True, vertical_alignment="center")
    with line:
        st.markdown(f"#### {plain(run.name)}")
        color, icon, text = words.of_status(now.status)
        st.badge(text, icon=icon, color=color)
        st.space("stretch")
        controls.show(run, now)
    if now.problem:
        notices.show(now.problem, "error")
    if now.can_resume:
        resuming.tell(run, resuming.in_the_way(run))
    elif now.status == "queued":
        resuming.show_waiting(run)
    if now.is_live:
        st.progress(_share(now), text=_where(now))
    elif now.epochs:
        st.caption(_where(now))
    if now.status in ("failed", "crashed") or person.choice(f"log {run.id}"):
        controls.show_log(run, open=bool(person.choice(f"log {run.id}")))


def _share(now: RunStatus) -> float:
    download = now.state.get("download")
    if download and download.get("total"):
        return min(download["done"] / download["total"], 1.0)
    return min(now.step / now.steps, 1.0) if now.steps else 0.0


def _where(now: RunStatus) -> str:
    download = now.state.get("download")
    if now.is_live and download and now.phase.startswith("loading"):
        done, total = download["done"], download["total"]
        of = f" of {sizes.of_bytes(total)}" if total else ""
        return f"Downloading: {sizes.of_bytes(done)}{of}"
    phase = words.PHASES.get(now.phase, "")
    if not now.epochs:
        return phase or "Starting: importing PyTorch takes some seconds"
    parts = [f"Epoch {now.epoch} of {now.epochs}", f"step {now.step:,} of {now.steps:,}"]
    if now.is_live:
        parts.insert(0, phase or "Running")
        if now.eta_seconds is not None:
            parts.append(f"about {words.duration(now.eta_seconds)} left")
    parts.append(f"{words.duration(now.seconds)} so far" if now.is_live
                 else f"took {words.duration(now.seconds)}")
    if now.status == "finished" and now.epoch < now.epochs:
        parts.append("early stopping ended it")
    return " · ".join(parts)


def _features(now: RunStatus) -> None:
    """What is kept of the frozen part, or why it is computed in every epoch."""
    told = now.state.get("features", {}).get("train")
    if not told:
        return
    if told["why"]:
        problem = Problem(told["why"]["id"], told["why"]["values"])
        all_trains = now.state.get("trainable") == now.state.get("params")
        # The second of runs from before several processes kept them.
        silent = ("features.nothing_cold", "features.shared")
        if problem.id not in silent and not all_trains:
            st.caption(f"Features of the frozen part: {plain(say(problem))}")
        return
    where = "in memory" if told["in_memory"] else "on disk, as a memory map"
    made = "made by an earlier run" if told["reused"] else "computed once"
    st.caption(
        f"Features of the frozen part: {sizes.of_bytes(told['bytes'])} {where}, {made}. Each step "
        "begins behind them."
    )


def _compiled(now: RunStatus) -> None:
    """What torch.compile cost at the start, or why it was given up."""
    if not (told := now.state.get("compile")):
        return
    if told["why"]:
        st.caption(plain(say(Problem(told["why"]["id"], told["why"]["values"]))))
    else:
        st.caption(f"torch.compile took {words.duration(told['seconds'])} at the start.")


def _numbers(now: RunStatus) -> None:
    best, state = now.best or {}, now.state
    cells = st.container(horizontal=True, gap="medium")
    with cells:
        st.metric(
            "Validation accuracy, best epoch",
            f"{100 * best['val_accuracy']:.2f} %" if best else "–",
            delta=f"epoch {best['epoch']}, loss {best['val_loss']:.4g}" if best else None,
            delta_color="off", delta_arrow="off",
        )
        speed = now.samples_per_second
        st.metric("Samples per second", f"{speed:,.0f}" if speed else "–")
        trainable, params = state.get("trainable"), state.get("params")
        st.metric(
            "Trainable parameters",
            sizes.of_count(trainable) if trainable else "–",
            delta=f"of {sizes.of_count(params)}" if params else None,
            delta_color="off", delta_arrow="off",
        )
        st.metric(
            "Device",
            now.device.split(",")[0].split(" (")[0] or "–",
            delta=f"{sizes.of_bytes(now.memory_bytes)} in use" if now.memory_bytes else None,
            delta_color="off", delta_arrow="off",
        )
