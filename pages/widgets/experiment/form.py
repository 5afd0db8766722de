"""The inputs of a new experiment: which plans, their rates, how many seeds, how long."""

import streamlit as st

from core.recipe import Recipe
from core.runs.experiment_spec import (
    FEW_SEEDS,
    PLANS,
    ExperimentSpec,
    Plan,
    has_own_plan,
    parse,
    title_of,
)
from core.spec import SpecError
from pages.state.language import say
from pages.widgets import recipe_words
from pages.widgets.experiment import words
from pages.widgets.plain import plain

_SHORT = 10  # epochs that are offered where the recipe's take long
_KEPT = {"persist_state": "session", "autocomplete": "off"}


def edit(recipe: Recipe) -> ExperimentSpec | None:
    """Draws the inputs and returns what they say; None, with a sentence, if that is no experiment.

    Args:
        recipe: That the plans are put into.
    """
    st.markdown(
        f"{recipe_words.model(recipe)} · {recipe_words.data(recipe)}  \n"
        f"{recipe_words.training(recipe)}"
    )
    with st.container(horizontal=True):
        st.page_link("pages/train.py", label="Change the recipe", icon=":material/tune:")
        st.page_link("pages/models.py", label="Choose a model", icon=":material/deployed_code:")
    st.markdown("##### Plans")
    offered = [plan for plan in PLANS if plan != "own" or has_own_plan(recipe)]
    plans, rates = [], {}
    for plan, column in zip(offered, st.columns(len(offered)), strict=True):
        with column, st.container(border=True, height="stretch"):
            if _plan(plan):
                plans.append(plan)
                rates[plan] = _rate(plan, recipe)
    st.caption(
        "One learning rate for all is simple, but not always fair: a new head alone bears, and "
        "needs, larger steps than a whole model. A plan may have a rate of its own."
    )
    left, middle, right = st.columns(3)
    with left:
        seeds = st.slider("Seeds", 1, 10, FEW_SEEDS, key="experiment.seeds",
                          persist_state="session", help="Each plan is trained once with each "
                          "seed. A seed sets the new layers, the order and the augmentation.")
    with middle:
        epochs = st.text_input(
            "Epochs of each run", key="experiment.epochs",
            placeholder=f"{recipe.train.epochs}, the recipe's", help="The same for every plan. "
            f"{_SHORT} are enough for a first look at letters → digits.", **_KEPT,
        )
    with right:
        name = st.text_input("Name", key="experiment.name",
                             placeholder=title_of(ExperimentSpec(), recipe), **_KEPT)
    if seeds < FEW_SEEDS:
        st.markdown(
            ":small[:red[:material/info: Fewer than three seeds say little: nobody can tell the "
            "plan from the luck of a seed, so there will be no verdict.]]"
        )
    return _parsed({
        "name": name, "plans": plans, "seeds": seeds, "epochs": epochs.strip() or None,
        "rates": {plan: rate.strip() or None for plan, rate in rates.items()},
    })


def _plan(plan: Plan) -> bool:
    taken = st.checkbox(
        f"**{words.LABELS[plan]}**", value=True, key=f"experiment.plan {plan}",
        persist_state="session",
    )
    st.markdown(f":small[{words.ABOUT[plan]}]")
    return taken


def _rate(plan: Plan, recipe: Recipe) -> str:
    return st.text_input(
        "Learning rate", key=f"experiment.rate {plan}",
        placeholder=f"{recipe.optimizer.lr:g}, the recipe's", **_KEPT,
    )


def _parsed(raw: dict) -> ExperimentSpec | None:
    try:
        return parse(raw)
    except SpecError as error:
        for problem in error.problems:
            st.markdown(f":red[:material/error: {plain(say(problem))}]")
        return None
