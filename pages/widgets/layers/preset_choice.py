"""The presets of a freeze plan, and the exceptions that clicks in the tree have made to one."""

import streamlit as st

from core import recipe as recipes
from core.messages import Problem
from core.models.catalogue import NO_WEIGHTS
from core.models.freeze_names import TYPE
from core.recipe import FreezePlan, Preset
from pages.state import draft
from pages.state.language import say
from pages.widgets import field_words, fields
from pages.widgets.plain import plain

_WHAT: dict[Preset, str] = {
    "linear_probe": "Only the new head",
    "last_stage": "Last stage and head",
    "last_stages": "k stages and head",
    "all": "Everything trains",
    "from_scratch": "From random weights",
}
_WHY: dict[Preset, str] = {
    "linear_probe": "The quickest: it shows what the learned features are worth as they are.",
    "last_stage": "Early stages see edges and textures, which serve any picture; the last one "
    "has to learn yours.",
    "last_stages": "The more your pictures differ from those that the weights were learned on, "
    "the further back it pays to open; each stage costs time and memory.",
    "all": "All the freedom, from learned weights. It wants a small learning rate, or they are "
    "soon forgotten.",
    "from_scratch": "The learned weights are thrown away for random ones. The comparison shows "
    "what transfer is worth.",
}
_ALL_RANDOM = "Without learned weights (“none” on the Models page) this is training from scratch."


def edit() -> None:
    """Draws the presets; another one goes into the draft and clears the exceptions."""
    presets = list(recipes.choices_of("freeze.preset"))
    plan = draft.get().freeze
    picked = st.radio(
        field_words.label("freeze.preset"),
        presets,
        index=presets.index(plan.preset),
        captions=[_WHAT[preset] for preset in presets],
        format_func=field_words.choice,
        horizontal=True,
        key=draft.key("freeze.preset"),
        label_visibility="collapsed",
    )
    if picked != plan.preset:
        _put(plan.model_copy(update={"preset": picked, "exceptions": ()}))
        if plan.exceptions:
            st.toast(
                f"{_counted(len(plan.exceptions))} cleared: {field_words.choice(picked)} decides "
                "for all layers now.",
                icon=":material/restart_alt:",
            )
    if picked == "last_stages":
        with st.container(width=260):
            fields.number("freeze.stages")
    random = draft.get().model.weights == NO_WEIGHTS
    st.caption(_ALL_RANDOM if random and picked == "all" else _WHY[picked])


def show_exceptions(plan: FreezePlan, *, something_trains: bool) -> None:
    """Draws what differs from the preset, and the way back to it.

    One line whatever the plan is: the tree beneath must not move under quick clicks.
    """
    preset = field_words.choice(plan.preset)
    if plan.preset == "last_stages":
        preset = preset.replace("k", str(plan.stages))
    with st.container(horizontal=True, vertical_alignment="center", key="layers.exceptions"):
        if something_trains:
            words = f"{_counted(len(plan.exceptions))} to {preset}"
            named = [_one(name, trains) for name, trains in plan.exceptions]
            st.markdown(words, help="  \n".join(named) or None, width="content")
        else:
            problem = Problem("training.nothing_trains")
            st.markdown(f":red[:material/error: {plain(say(problem))}]", width="content")
        st.button(
            "Clear exceptions", icon=":material/restart_alt:", key="layers.clear",
            type="tertiary", disabled=not plan.exceptions, on_click=_put,
            args=(plan.model_copy(update={"exceptions": ()}),),
            help="Another preset clears them too.",
        )


def _put(plan: FreezePlan) -> None:
    draft.put(draft.get().model_copy(update={"freeze": plan}))


def _counted(count: int) -> str:
    return f"{count or 'No'} exception{'s' if count != 1 else ''}"


def _one(name: str, trains: bool) -> str:
    shown = f"all {plain(name[len(TYPE):])}" if name.startswith(TYPE) else plain(name)
    return f"{shown or 'the whole model'} {':orange[trains]' if trains else ':blue[frozen]'}"
