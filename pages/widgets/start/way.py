"""The way from a model to a run, with the present draft in words."""

from dataclasses import dataclass

import streamlit as st

from core.recipe import Recipe
from pages.widgets import recipe_words


@dataclass(frozen=True)
class Step:
    """One page of the way: what it is for, and what the draft says there."""

    page: str
    title: str
    icon: str
    words: str


def show(recipe: Recipe, runs: str) -> None:
    """Draws the five steps.

    Args:
        runs: What there is on the Runs page, in words.
    """
    steps = (
        Step("models", "Model", ":material/deployed_code:", recipe_words.model(recipe)),
        Step("layers", "Layers", ":material/layers:", recipe_words.freezing(recipe)),
        Step("batches", "Batches", ":material/grid_view:", recipe_words.data(recipe)),
        Step("train", "Train", ":material/show_chart:", recipe_words.training(recipe)),
        Step("runs", "Runs", ":material/stacked_line_chart:", runs),
    )
    for number, (column, step) in enumerate(zip(st.columns(len(steps)), steps, strict=True), 1):
        with column, st.container(border=True, height="stretch", gap="xsmall"):
            st.page_link(
                f"pages/{step.page}.py", label=f"**{number}  {step.title}**", icon=step.icon
            )
            st.markdown(step.words)
