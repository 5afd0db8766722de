"""Learning rates by depth and stages that open on the way, and both drawn before the run."""

from __future__ import annotations

import streamlit as st

from core.messages import ThawError
from core.recipe import Recipe
from core.training.stage_plan import StagePlan, plan_stages
from pages.state import draft
from pages.widgets import fields, notices
from pages.widgets.models import model_view
from pages.widgets.train import stage_charts


def edit() -> None:
    """Draws the inputs, bound to the draft, and what they come to."""
    st.markdown("##### Rates by depth, and stages that open on the way")
    left, right = st.columns(2)
    with left:
        fields.number("optimizer.stage_factor")
    with right:
        fields.text("unfreezing.at", placeholder="layer4 3, layer3 6")
    left, right = st.columns(2)
    with left:
        fields.number("unfreezing.every")
    with right:
        if draft.get().unfreezing.every:
            fields.number("unfreezing.start")
    recipe = draft.get()
    if not is_set(recipe):
        st.caption("One learning rate for all that trains, and what is frozen stays frozen.")
        return
    # Only where it is asked for: the stages are those of the model, and building it loads torch.
    summary = model_view.find_summary(recipe)
    if summary is None:
        return
    try:
        stages = plan_stages(summary.rows, recipe, model_view.head_of(summary))
    except ThawError as error:
        notices.show(error, "error")
        return
    _notes(recipe, stages)
    stage_charts.show_rates(recipe, stages)
    stage_charts.show_table(stages, recipe.train.epochs)


def is_set(recipe: Recipe) -> bool:
    """Whether stages differ in anything but what is frozen."""
    unfreezing = recipe.unfreezing
    return recipe.optimizer.stage_factor != 1 or unfreezing.every > 0 or bool(unfreezing.at)


def _notes(recipe: Recipe, stages: tuple[StagePlan, ...]) -> None:
    """What was asked for and changes nothing, or comes too late."""
    opens = [stage for stage in stages if stage.opens is not None]
    wanted = recipe.unfreezing.every or recipe.unfreezing.at
    if wanted and not any(stage.openable for stage in stages):
        st.caption(
            ":material/info: Everything trains from the start, so there is nothing to open: "
            "freeze something on the Layers page, by the linear probe say."
        )
        return
    named = {name for name, _ in recipe.unfreezing.at} - {stage.name for stage in opens}
    if named:
        st.caption(f":material/info: {', '.join(sorted(named))}: open from the start already.")
    late = [stage.name for stage in opens if stage.opens > recipe.train.epochs]
    if late:
        st.caption(
            f":material/info: {', '.join(late)}: would open after the last epoch, so frozen to "
            "the end."
        )
