"""The steps of a pipeline: what it begins as, and adding, ordering and changing them."""

import streamlit as st

from core.data import pipeline, pipeline_starts
from core.data.pipeline import Step
from core.data.pipeline_table import TRANSFORMS
from core.data.pipeline_transform import Parameter, Value
from core.messages import ThawError
from pages.state import draft
from pages.state import pipeline as state
from pages.state.language import say
from pages.state.pipeline import Placed
from pages.widgets.plain import plain

_DIE = ":material/casino:"
_EMPTY, _PRESET, _RECIPE = "empty", "preset", "recipe"


def edit() -> tuple[Step, ...]:
    """Draws the steps; all of them, as they are now."""
    _begin()
    steps = state.placed()
    if not steps:
        st.markdown("No step yet: the picture stays as it came.")
    for place, one in enumerate(steps):
        _edit_step(place, one, len(steps))
    _add()
    return tuple(one.step for one in state.placed())


def _begin() -> None:
    recipe = draft.get()
    model, weights = recipe.model.name, recipe.model.weights
    preset = f"{_PRESET} {model} {weights}"
    # Until a step is changed the preset follows the draft's model.
    if state.origin() is None or (state.origin() or "").startswith(f"{_PRESET} ") and (
        state.origin() != preset
    ):
        state.begin(pipeline_starts.preset(model, weights), preset)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("Begin with", width="content")
        st.button(
            "Preset", key="pipeline.begin.preset", on_click=state.begin,
            args=(pipeline_starts.preset(model, weights), preset),
            help=f"What `weights.transforms()` of the recipe's {model} does.",
        )
        st.button(
            "Training", key="pipeline.begin.recipe", on_click=state.begin,
            args=(pipeline_starts.of_recipe(recipe), _RECIPE),
            help="What a picture goes through each time that it trains by the recipe.",
        )
        st.button("Nothing", key="pipeline.begin.empty", on_click=state.begin, args=((), _EMPTY))


def _edit_step(place: int, one: Placed, count: int) -> None:
    transform = pipeline.find_transform(one.step.name)
    key = f"pipeline.step {one.number}"
    with st.container(border=True, gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
            name = f"{place + 1} · **{transform.name}**" + (f" {_DIE}" if transform.random else "")
            on = st.toggle(name, value=one.step.on, key=f"{key} on", width="stretch",
                           help=transform.about)
            _button("arrow_upward", f"{key} up", "Earlier", state.move, (one.number, -1),
                    disabled=place == 0)
            _button("arrow_downward", f"{key} down", "Later", state.move, (one.number, 1),
                    disabled=place == count - 1)
            _button("delete", f"{key} remove", "Remove", state.remove, (one.number,))
        values = dict(one.step.values)
        if transform.parameters:
            with st.popover(_called(one.step), type="tertiary"):
                for parameter in transform.parameters:
                    values[parameter.name] = _input(
                        parameter, values[parameter.name], f"{key} {parameter.name}")
    try:
        changed = pipeline.step(transform.name, **values)
    except ThawError as error:
        st.markdown(f":small[:red[:material/error: {plain(say(error.problem))}]]")
        return
    state.put(one.number, Step(changed.name, changed.values, on))


def _button(icon: str, key: str, about: str, action, args: tuple, *, disabled=False) -> None:
    st.button("", icon=f":material/{icon}:", key=key, help=about, on_click=action, args=args,
              disabled=disabled, type="tertiary")


def _called(step: Step) -> str:
    """The arguments as a person reads them: short, and in one line."""
    said = ", ".join(f"{key} {_short(value)}" for key, value in step.values.items())
    return f":material/tune: {plain(said)}"


def _short(value: Value) -> str:
    if isinstance(value, tuple):
        return " – ".join(f"{one:g}" for one in value) if len(value) == 2 else (
            "(" + ", ".join(f"{one:.3g}" for one in value) + ")")
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _input(parameter: Parameter, value: Value, key: str) -> Value:
    default, shown = parameter.default, {"label": parameter.name, "key": key,
                                         "help": parameter.about or None}
    if isinstance(default, bool):
        return st.toggle(value=value, **shown)
    if isinstance(default, str):
        choices = parameter.choices
        return st.selectbox(options=choices, index=choices.index(value), **shown)
    if isinstance(default, int):
        return st.number_input(min_value=int(parameter.low), max_value=int(parameter.high),
                               value=value, step=1, **shown)
    if isinstance(default, float):
        return st.number_input(min_value=float(parameter.low), max_value=float(parameter.high),
                               value=float(value), step=0.05, **shown)
    if len(default) == 2:
        return tuple(st.slider(min_value=float(parameter.low), max_value=float(parameter.high),
                               value=value, step=0.01, **shown))
    return _numbers(value, shown)


def _numbers(value: tuple[float, ...], shown: dict) -> tuple[float, ...]:
    """One number for each channel, typed; what is half typed changes nothing."""
    text = st.text_input(value=", ".join(map(str, value)), autocomplete="off",
                         **shown)
    try:
        return pipeline.numbers(text)
    except ThawError as error:
        st.markdown(f":small[:red[:material/error: {plain(say(error.problem))}]]")
        return value


def _add() -> None:
    about = {one.name: one for one in TRANSFORMS}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox(
            "Another step", list(about), index=list(about).index("RandomHorizontalFlip"),
            key="pipeline.add", persist_state="session", help=f"{_DIE} draws anew each time.",
            format_func=lambda one: one + (" (random)" if about[one].random else ""),
        )
        st.button("Add", icon=":material/add:", key="pipeline.add now", on_click=state.add,
                  args=(pipeline.step(name),), disabled=state.is_full())
    st.caption(about[name].about)
