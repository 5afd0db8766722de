"""Seconds an epoch, measured by a few real steps in a process of its own."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.messages import Problem, ThawError
from core.recipe import Recipe
from core.runs.checkpoints import disk_bytes
from core.training import epoch_time_process
from core.training.epoch_time_process import EpochTime, Measurement
from pages.state import person
from pages.widgets import field_words, notices, sizes
from pages.widgets.plain import plain

_KEPT = "layers.epoch_time"
_EVERY = "0.5s"
_PHASES = {
    "starting": (0.05, "Starting: importing PyTorch takes some seconds"),
    "preparing": (0.25, "Loading data and model"),
    "warming_up": (0.5, "First steps, which are slower and do not count"),
    "training": (0.65, "Training some steps"),
    "validation": (0.85, "Validating, saving"),
}


@dataclass(frozen=True)
class _Kept:
    """What this person asked for last.

    Attributes:
        recipe: That it was, or is being, measured for.
        place: Of the measurement while it goes on.
        answer: When there is one.
        problem: Why there is none.
    """

    recipe: Recipe
    place: Path | None = None
    answer: EpochTime | None = None
    problem: Problem | None = None


def show(recipe: Recipe, *, something_trains: bool) -> None:
    """Draws the button, and the measurement or its answer."""
    st.subheader("How long an epoch takes here", anchor=False)
    kept: _Kept | None = person.choice(_KEPT)
    measuring = kept is not None and kept.place is not None
    st.button(
        "Measure an epoch" if not kept else "Measure again", icon=":material/timer:",
        key="layers.measure", on_click=_start, args=(recipe,),
        disabled=measuring or not something_trains,
        help="A process of its own loads the data and the model of this recipe and really makes "
        "some steps; what they changed is thrown away. It takes about half a minute.",
    )
    if measuring:
        st.fragment(_follow, run_every=_EVERY)(kept)
    elif kept and kept.problem:
        notices.show(kept.problem, "error")
    elif kept and kept.answer:
        _show_answer(kept, epoch_time_process.what_changed(kept.recipe, recipe), recipe)


def known() -> tuple[Recipe, EpochTime] | None:
    """What this person measured last, and for which recipe."""
    kept: _Kept | None = person.choice(_KEPT)
    return (kept.recipe, kept.answer) if kept and kept.answer else None


def _start(recipe: Recipe) -> None:
    from core.models.memory import refuse_if_too_big

    try:
        refuse_if_too_big(recipe)
        person.remember(_KEPT, _Kept(recipe, place=epoch_time_process.start(recipe)))
    except ThawError as error:
        person.remember(_KEPT, _Kept(recipe, problem=error.problem))


def _follow(kept: _Kept) -> None:
    with notices.guarded():
        now = epoch_time_process.look(kept.place)
        if now.is_done:
            _take(kept, now)
            st.rerun()
        share, words = _PHASES[now.phase]
        st.progress(share, text=words)
        st.button("Stop measuring", icon=":material/stop_circle:", type="tertiary",
                  key="layers.measure.stop", on_click=_stop, args=(kept,))


def _take(kept: _Kept, now: Measurement) -> None:
    epoch_time_process.forget(kept.place)
    person.remember(_KEPT, _Kept(kept.recipe, answer=now.answer, problem=now.problem))


def _stop(kept: _Kept) -> None:
    epoch_time_process.forget(kept.place)
    person.remember(_KEPT, None)


# --- the answer --------------------------------------------------------------------------


def _show_answer(kept: _Kept, changed: tuple[str, ...], recipe: Recipe) -> None:
    answer = kept.answer
    if changed:
        st.warning(
            f"**Out of date:** measured before these changed: {_changes(kept, changed, recipe)}. "
            "Measure again.", icon=":material/history:",
        )
    of = "before the change" if changed else "each of the run"
    with st.container(horizontal=True):
        _card("Seconds an epoch", _seconds(answer.epoch_seconds), of,
              f"Training {_seconds(answer.training_seconds)}, validation "
              f"{_seconds(answer.validation_seconds)}, checkpoint "
              f"{_seconds(answer.saving_seconds)}.")
        _card("Seconds a step", _seconds(answer.step_seconds), f"{answer.steps:,} an epoch",
              f"The mean of {answer.measured_steps:,} real steps, after some to warm up.")
        _card("All epochs", _long(answer.epoch_seconds * kept.recipe.train.epochs),
              f"{kept.recipe.train.epochs:,} epochs",
              "Without the start of the process, and as if no stage opened on the way.")
        _card("Memory at most", sizes.of_bytes(answer.memory_bytes), answer.device,
              "Of the whole process, PyTorch itself included; on a GPU what was allocated there.")
        spec, each = kept.recipe.checkpoints, answer.checkpoint_bytes
        _card("On disk", sizes.of_bytes(disk_bytes(spec, kept.recipe.train.epochs, each)),
              f"{sizes.of_bytes(each)} an epoch",
              "The checkpoints that stay, at most; the oldest go where they would take more than "
              f"{sizes.of_bytes(int(spec.budget_gb * 1e9))}, never the best and the newest two.")


def _card(label: str, value: str, beneath: str, more: str) -> None:
    st.metric(label, value, delta=beneath, delta_color="off", delta_arrow="off", border=True,
              height="stretch", help=more)


def _changes(kept: _Kept, changed: tuple[str, ...], recipe: Recipe) -> str:
    return ", ".join(
        f"{field_words.label(field)} {_value(kept.recipe, field)} → {_value(recipe, field)}"
        if field != "freeze.exceptions" else "the exceptions"
        for field in changed
    )


def _value(recipe: Recipe, field: str) -> str:
    found: object = recipe
    for name in field.split("."):
        found = getattr(found, name)
    return plain(field_words.choice(found))


def _seconds(seconds: float) -> str:
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.3g} s" if seconds < 100 else _long(seconds)


def _long(seconds: float) -> str:
    from pages.widgets.train.words import duration

    return duration(seconds)
