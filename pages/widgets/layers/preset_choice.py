"""The presets of a freeze plan, and the exceptions that clicks in the tree have made to one."""

import streamlit as st

from core import recipe as recipes
from core.recipe import FreezePlan, Preset
from pages.state import draft
from pages.widgets import field_words
from pages.widgets.plain import plain

SENTENCES: dict[Preset, str] = {
    "linear_probe": "Only the new :orange[head] trains. Quick, and it shows what the features "
    "already know.",
    "last_stage": "The :orange[last stage and the head] train; the early, general features stay.",
    "all": "Everything trains, :orange[from learned weights]: all freedom, small learning rates.",
    "from_scratch": "Everything trains, :orange[from random numbers]: shows what transfer is "
    "worth.",
}
_NAMED = 4  # exceptions that are named before the rest is counted


def edit() -> None:
    """Draws the presets; another one goes into the draft and clears the exceptions."""
    presets = list(recipes.choices_of("freeze.preset"))
    plan = draft.get().freeze
    picked = st.radio(
        field_words.label("freeze.preset"),
        presets,
        index=presets.index(plan.preset),
        captions=[SENTENCES[preset] for preset in presets],
        format_func=field_words.choice,
        horizontal=True,
        key=draft.key("freeze.preset"),
        label_visibility="collapsed",
    )
    if picked != plan.preset:
        _put(FreezePlan(preset=picked))
        if plan.exceptions:
            st.toast(
                f"{_counted(len(plan.exceptions))} cleared: {field_words.choice(picked)} decides "
                "for all layers now.",
                icon=":material/restart_alt:",
            )


def show_exceptions(plan: FreezePlan) -> None:
    """Draws what differs from the preset, and the way back to it."""
    if not plan.exceptions:
        return
    named = [_one(name, trains) for name, trains in plan.exceptions[:_NAMED]]
    if more := len(plan.exceptions) - _NAMED:
        named += [f"{more} more"] if more > 0 else []
    with st.container(horizontal=True, vertical_alignment="center", key="layers.exceptions"):
        st.markdown(
            f"**{_counted(len(plan.exceptions))} to {field_words.choice(plan.preset)}:** "
            f"{', '.join(named)}. Another preset clears them.",
            width="content",
        )
        st.button(
            "Clear exceptions", icon=":material/restart_alt:", key="layers.clear",
            on_click=_put, args=(FreezePlan(preset=plan.preset),),
        )


def _put(plan: FreezePlan) -> None:
    draft.put(draft.get().model_copy(update={"freeze": plan}))


def _counted(count: int) -> str:
    return f"{count} exception{'s' if count > 1 else ''}"


def _one(name: str, trains: bool) -> str:
    shown = plain(name) or "the whole model"
    return f"{shown} :orange[trains]" if trains else f"{shown} :blue[frozen]"
