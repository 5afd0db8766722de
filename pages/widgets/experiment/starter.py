"""What an experiment will take, and the button that begins it."""

from dataclasses import replace

import streamlit as st

from core.evaluation import experiment_time
from core.evaluation.experiment_time import Expected, Known
from core.messages import ThawError
from core.recipe import Recipe
from core.runs import device_use, experiment, folder
from core.runs.experiment import Experiment, Planned
from core.runs.experiment_spec import ExperimentSpec, check
from pages.state import draft, person
from pages.state.language import say
from pages.widgets import field_words, once
from pages.widgets.experiment import choice
from pages.widgets.layers import epoch_panel
from pages.widgets.plain import plain
from pages.widgets.train import data_choice, starter, whole_batch
from pages.widgets.train.words import duration

_LONG_SECONDS = 600.0
_SHORT_EPOCHS = 10
_RUNS = 60  # of the newest, looked at for how long they took


def show(spec: ExperimentSpec, recipe: Recipe) -> None:
    """Draws what will be done, how long it takes, and the button."""
    planned = Experiment("", spec, recipe, ()).planned()
    expected = _expected(planned)
    st.markdown(_words(spec, planned, _steps(planned[0].recipe)))
    st.markdown(_time_words(expected))
    is_long = expected.seconds is None or expected.seconds > _LONG_SECONDS
    if is_long and planned[0].recipe.train.epochs > _SHORT_EPOCHS:
        _offer_shorter(planned)
    why_not = _why_not(spec, recipe)
    st.button(
        "Start the experiment", type="primary", icon=":material/science:",
        key="experiment.start", on_click=_start, args=(spec, recipe, planned, choice.token()),
        disabled=bool(why_not),
    )
    if why_not:
        st.markdown(f":red[{plain(why_not)}]")
    elif busy := device_use.in_the_way(planned[0].recipe):
        st.caption(f"**{plain(busy[0].name)}** is training: the experiment waits for its end.")


def _words(spec: ExperimentSpec, planned: list[Planned], steps: int | None) -> str:
    seeds = list(dict.fromkeys(one.seed for one in planned))
    epochs = planned[0].recipe.train.epochs
    each = "an epoch" if epochs == 1 else f"{epochs:,} epochs"
    count = f"**{steps * epochs:,} steps** ({each})" if steps else each
    names = ", ".join(map(str, seeds))
    at_a_time = min(device_use.at_a_time(planned[0].recipe), len(planned))
    how = "one after another" if at_a_time == 1 else f"{at_a_time} at a time"
    return (
        f"**{len(planned)} runs**, {how}: {len(spec.plans)} plans × {len(seeds)} "
        f"seed{'s' if len(seeds) > 1 else ''} ({names}). Each makes the same number of steps: "
        f"{count}. All plans see the "
        "same images, split in the same way; with the same seed also in the same order and with "
        "the same augmentation. Early stopping"
        + (" and gradual unfreezing are" if planned[0].recipe.unfreezing != draft.get().unfreezing
           else " is") + " off, so that no plan makes fewer steps. Of each run the best "
        "checkpoint and the newest two are kept."
    )


def _time_words(expected: Expected) -> str:
    if expected.seconds is None:
        return (
            ":material/timer: How long that takes is not known yet: no such run was made here. "
            "The Layers page measures an epoch."
        )
    most = "at most " if expected.at_most else ""
    return (
        f":material/timer: That takes {most}about **{duration(expected.seconds)}**, by what "
        "earlier runs, or a measured epoch, took here."
    )


def _offer_shorter(planned: list[Planned]) -> None:
    shorter = [
        Planned(one.plan, one.seed, one.recipe.model_copy(update={
            "train": one.recipe.train.model_copy(update={"epochs": _SHORT_EPOCHS})
        }))
        for one in planned
    ]
    seconds = _expected(shorter).seconds
    takes = "" if seconds is None else f", about {duration(seconds)}"
    st.button(
        f"Shorter: {_SHORT_EPOCHS} epochs{takes}", icon=":material/speed:",
        key="experiment.shorter", on_click=person.hold,
        args=("experiment.epochs", str(_SHORT_EPOCHS)),
    )


def _expected(planned: list[Planned]) -> Expected:
    """From the start to the end of all, on as many devices as there are for them."""
    found = experiment_time.expected(
        [(one.plan, one.recipe) for one in planned], [*_measured(), *_earlier()]
    )
    if found.seconds is None:
        return found
    rounds = -(-len(planned) // device_use.at_a_time(planned[0].recipe))
    return replace(found, seconds=found.seconds * rounds / len(planned))


def _measured() -> list[Known]:
    found = epoch_panel.known()
    return [Known(found[0], found[1].epoch_seconds)] if found else []


def _earlier() -> list[Known]:
    return experiment_time.known_from(folder.list_runs()[:_RUNS])


def _steps(recipe: Recipe) -> int | None:
    """Of an epoch; None where the images can't be counted yet."""
    try:
        samples = data_choice.training_samples(recipe)
    except ThawError:
        return None
    if samples is None:
        return None
    size = recipe.loader.batch_size
    return samples // size if recipe.loader.drop_last else -(-samples // size)


def _why_not(spec: ExperimentSpec, recipe: Recipe) -> str:
    if problems := draft.problems():
        names = ", ".join(field_words.label(field) for field in problems)
        return f"Put right first, on the Train page: {names}."
    if untrainable := data_choice.why_not(recipe) or whole_batch.why_not(recipe):
        return untrainable
    try:
        check(spec, recipe)
    except ThawError as error:
        return say(error)
    return ""


def _start(
    spec: ExperimentSpec, recipe: Recipe, planned: list[Planned], token: str
) -> None:
    def begin() -> str:
        for one in planned[: len(spec.plans)]:  # of one seed: the others take and name the same
            starter.refuse(one.recipe)
        return experiment.begin(spec, recipe).id

    try:
        begun = once.begin(token, begin)
    except ThawError as error:
        person.notify(plain(say(error)), "error")
        return
    choice.show_next(begun)
