"""How many runs a sweep has and what they take, and the button that begins it."""

import streamlit as st

from core.evaluation import sweep_time
from core.evaluation.sweep import shown_axes
from core.evaluation.sweep_time import SweepTime
from core.messages import ThawError
from core.recipe import Recipe
from core.runs import device_use, folder, sweep, sweep_refusal, sweep_spec
from core.runs.expected import Took, words
from core.runs.sweep_spec import Planned, SweepSpec
from pages.state import draft, person
from pages.state.language import say
from pages.widgets import epoch_measurement, field_words, once, torch_ready
from pages.widgets.plain import plain
from pages.widgets.sweep import choice
from pages.widgets.train import data_choice

_RUNS = 60  # of the newest, looked at for how long they took


def show(spec: SweepSpec, recipe: Recipe) -> None:
    """Draws what will be done, how long it takes, and the button."""
    try:
        planned = sweep_spec.plan(spec, recipe)
    except ThawError as error:
        st.markdown(f":red[:material/error: {plain(say(error))}]")
        return
    st.markdown(_words(spec, planned))
    at_a_time = min(device_use.at_a_time(planned[0].recipe), len(planned))
    st.markdown(
        _time_words(_expected(planned))
        + (f" Here {at_a_time} go on at a time." if at_a_time > 1 else "")
    )
    _notices(planned)
    why_not = _why_not(spec, planned)
    st.button(
        f"Start the {len(planned)} runs", type="primary", icon=":material/grid_on:",
        key="sweep.start", on_click=_start, args=(spec, recipe, choice.token()),
        disabled=bool(why_not),
    )
    if why_not:
        st.markdown(f":red[:material/error: {plain(why_not)}]")
    elif busy := device_use.in_the_way(planned[0].recipe):
        st.caption(f"**{plain(busy[0].name)}** is training: the sweep waits for its turn.")


def _words(spec: SweepSpec, planned: list[Planned]) -> str:
    sizes = " × ".join(
        f"{plain(field_words.label(axis.field))} ({len(axis.values)})" for axis in spec.axes
    )
    each = {one.recipe.train.epochs for one in planned}
    if len(each) == 1:
        (epochs,) = each
        long = f", {'1 epoch' if epochs == 1 else f'{epochs:,} epochs'} each"
    else:
        long = ""
    averaged = len(shown_axes(spec)) < len(spec.axes)
    mean = " The map shows the mean over the seeds." if averaged else ""
    return (
        f"**{len(planned)} runs**: {sizes}{long}. They go through the queue; everything but these "
        f"fields is as in the recipe.{mean}"
    )


def _time_words(took: SweepTime) -> str:
    if not took.known:
        return (
            ":material/timer: How long that takes is not known yet: no such run was made here. "
            "The Layers page measures an epoch."
        )
    takes = words(took.seconds)
    takes = f"**at most {takes}**" if took.at_most and takes.startswith("about") else f"**{takes}**"
    if took.known < took.runs:
        return (
            f":material/timer: {took.known} of them take {takes}, one after another, by what "
            "earlier runs took here; of the others that is not known yet."
        )
    return (
        f":material/timer: One after another they take {takes}, by what earlier runs, or a "
        "measured epoch, took here."
    )


def _expected(planned: list[Planned]) -> SweepTime:
    measured = epoch_measurement.known()
    known = [Took(measured[0], measured[1].epoch_seconds)] if measured else []
    known += sweep_time.known_from(folder.list_runs()[:_RUNS])
    return sweep_time.expected([one.recipe for one in planned], known)


def _notices(planned: list[Planned]) -> None:
    """What changes with a model or a data set, and what has to be downloaded."""
    for said in dict.fromkeys(say(reset) for one in planned for reset in one.resets):
        st.markdown(f":small[:material/info: {plain(said)}]")
    if names := sweep_refusal.to_download(planned):
        st.markdown(
            f":small[:material/download: Not on this computer, so their runs download them: "
            f"{plain(', '.join(names))}.]"
        )


def _why_not(spec: SweepSpec, planned: list[Planned]) -> str:
    if problems := draft.problems():
        names = ", ".join(field_words.label(field) for field in problems)
        return f"Put right first, on the Train page: {names}."
    if "data.name" not in spec.fields and (no_images := data_choice.why_not(planned[0].recipe)):
        return no_images
    return _refused(spec.model_dump_json(), planned[0].recipe.model_dump_json(), spec, planned)


@st.cache_data(max_entries=50, ttl=60, show_spinner="Looking at each combination…")
def _refused(spec: str, first: str, _spec: SweepSpec, _planned: list[Planned]) -> str:
    """Why one of the combinations can't be trained; "" if all can."""
    try:
        _refuse(_spec, _planned)
    except ThawError as error:
        return say(error)
    return ""


def _refuse(spec: SweepSpec, planned: list[Planned]) -> None:
    if any(sweep_refusal.needs_torch(one.recipe) for one in planned):
        torch_ready.load()
    sweep_refusal.refuse(spec, planned)


def _start(spec: SweepSpec, recipe: Recipe, token: str) -> None:
    def begin() -> str:
        _refuse(spec, sweep_spec.plan(spec, recipe))
        return sweep.begin(spec, recipe).id

    try:
        begun = once.begin(token, begin)
    except ThawError as error:
        person.notify(plain(say(error)), "error")
        return
    choice.show_next(begun)
