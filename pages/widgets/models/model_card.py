"""The card of the chosen weights: how to load them, what they expect, what they know."""

import streamlit as st

from core.models.card import Loading, transform_rows
from core.models.catalogue import WeightsEntry
from pages.widgets import sizes
from pages.widgets.models import summary_data
from pages.widgets.models.viewed import Viewed

_NAMES = 8  # of the categories, before the rest is counted
_ABOUT = {
    "name": "By its name",
    "enum": "With torchvision's enum, which knows the transforms too",
    "old": "The old spelling, deprecated since torchvision 0.13: you meet it in older notebooks",
    "thaw": "As Thaw loads them; they come with it",
    "file": "In plain PyTorch, from Thaw's folder",
}


def show(viewed: Viewed) -> None:
    """Draws the card; of random weights there is only how to build the model."""
    weights = viewed.entry.find_weights(viewed.weights)
    found = summary_data.card(viewed.entry.name, viewed.weights)
    if weights is None:
        _show_lines(found.lines)
        return
    load, transforms, categories, source = st.tabs(
        ["Load it", "Transforms", "Categories", "Source"]
    )
    with load:
        _show_lines(found.lines)
    with transforms:
        _show_table(("Step", "Value"), transform_rows(viewed.entry, weights))
    with categories:
        _show_categories(found.categories, weights)
    with source:
        _show_source(weights)


def _show_lines(lines: tuple[Loading, ...]) -> None:
    for one in lines:
        st.caption(_ABOUT[one.how])
        st.code(one.code, language="python", wrap_lines=True)


def _show_categories(names: tuple[str, ...], weights: WeightsEntry) -> None:
    if not names:
        st.markdown("These weights have no trained head: they give features, not classes.")
        return
    rest = len(names) - _NAMES
    more = f" … and {rest:,} more" if rest > 0 else ""
    st.markdown(f"**{len(names):,} categories** of {weights.data}")
    st.markdown(" · ".join(names[:_NAMES]) + more)


def _show_source(weights: WeightsEntry) -> None:
    rows = [
        ("Parameters", f"{weights.params:,}"),
        ("Multiply-adds", f"{sizes.of_count(weights.gmacs * 1e9)} a picture"),
    ]
    if weights.acc1 is not None:
        rows.append(("Right" if weights.bundled else "Top-1", f"{weights.acc1:.1f} %"))
    if weights.acc5 is not None:
        rows.append(("Top-5", f"{weights.acc5:.1f} %"))
    rows.append(("File", f"{weights.file_mb:.0f} MB"))
    if weights.recipe_url:
        rows.append(("Recipe", f"[how they were trained]({weights.recipe_url})"))
    rows.append(("Licence", _licence(weights)))
    _show_table(("As documented", ""), tuple(rows))
    if weights.about:
        st.caption(weights.about)


def _licence(weights: WeightsEntry) -> str:
    if not weights.licence:
        return "torchvision states none for these weights"
    return (f"[{weights.licence}]({weights.licence_url})" if weights.licence_url
            else weights.licence)


def _show_table(heads: tuple[str, str], rows: tuple[tuple[str, str], ...]) -> None:
    lines = [f"| {heads[0]} | {heads[1]} |", "| --- | --- |"]
    st.markdown("\n".join(lines + [f"| {name} | {value} |" for name, value in rows]))
