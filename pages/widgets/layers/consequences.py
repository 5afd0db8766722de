"""What the plan brings: how far gradients go, what a step still computes, what could be kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from core.messages import ThawError
from core.models import freezing
from core.recipe import Recipe, UnfreezingSpec
from core.training import stage_plan
from pages.state.language import say
from pages.widgets import notices, sizes
from pages.widgets.layers import figures, gradient_flow
from pages.widgets.models import model_view
from pages.widgets.plain import plain

if TYPE_CHECKING:
    from core.models.backward_reach import BackwardReach
    from core.models.summary import Summary


def find(recipe: Recipe, summary: Summary) -> BackwardReach | None:
    """What runs backwards; None, and why, where the model can't train at such an input."""
    from core.models.backward_reach import backward_reach

    name, weights = recipe.model.name, recipe.model.weights
    try:
        return backward_reach(
            name, weights, summary.input, summary.num_classes, recipe.freeze,
            model_view.head_of(summary), summary.new_head,
        )
    except ThawError as error:
        notices.show(error, "warning")
        return None


def show(
    recipe: Recipe, summary: Summary, states: Mapping[str, str], reach: BackwardReach
) -> None:
    """Draws the picture and the sentences.

    Args:
        states: For each module with parameters, what `freezing.tree_states` says of it.
    """
    st.subheader("How far gradients go", anchor=False)
    gradient_flow.show(reach, states, freezing.stages(summary.rows))
    st.caption(
        "Multiply-adds of one image; a stage is as wide as its forward pass is costly. A frozen "
        "stage behind one that trains still hands gradients on, and computes none of its weights."
    )
    left, right = st.columns(2, gap="large")
    with left:
        _show_reach(reach)
    with right:
        _show_reuse(recipe, summary, reach)


def _show_reach(reach: BackwardReach) -> None:
    total, full = reach.total, reach.full
    lines = []
    if reach.boundary:
        lines.append(
            f"**Gradients stop at `{reach.boundary}`**, the first layer on the way forwards that "
            f"has any. {_before(reach)}"
        )
    lines.append(
        f"**Backward pass:** {sizes.of_count(total.backward)} multiply-adds an image, "
        f"{figures.share(total.backward, full.backward)} of the {sizes.of_count(full.backward)} "
        "when everything trains."
    )
    lines.append(f"**A step**, forwards and backwards, computes "
                 f"{100 * reach.step_share:.0f} % of what it would then.")
    st.markdown("\n".join(f"- {line}" for line in lines))
    if reach.unreached:
        st.warning(
            f"{reach.unreached:,} parameters would train but get no gradient: no forward pass "
            "uses their module.", icon=":material/warning:",
        )


def _before(reach: BackwardReach) -> str:
    if all(work.backward or not work.forward for work in reach.work.values()):
        return "That is where the image comes in: all of the model runs backwards."
    return "What lies before is computed forwards only, and keeps nothing for the way back."


def _show_reuse(recipe: Recipe, summary: Summary, reach: BackwardReach) -> None:
    from core.models.feature_reuse import feature_reuse

    found = feature_reuse(
        reach, augment=recipe.transform.augment, draws=recipe.transform.draws,
        frozen_modules=recipe.freeze.frozen_modules, opens=_first_opening(recipe, summary),
    )
    st.markdown("**Are the frozen part's features kept from epoch to epoch?**")
    st.markdown(plain(say(found.why)))
    if found.is_possible:
        st.caption(
            "The features cache is off in this recipe (Train page)."
            if recipe.features.cache == "off" else
            "They are computed once. On a CPU every bit of the run stays what it would be without."
        )


def _first_opening(recipe: Recipe, summary: Summary) -> int | None:
    """The first epoch of the run that opens a frozen stage, if any does."""
    if recipe.unfreezing == UnfreezingSpec():
        return None
    closed = stage_plan.openable(summary.rows, recipe.freeze, model_view.head_of(summary))
    epochs = stage_plan.openings(recipe.unfreezing, closed).values()
    return min((epoch for epoch in epochs if epoch <= recipe.train.epochs), default=None)
