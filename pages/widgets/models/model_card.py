"""The view Card: what its publisher says of a model, how to load it, what goes in and out."""

import pandas as pd
import streamlit as st

from core.models.card import Loading, old_spelling_gives, transform_rows
from core.models.catalogue import ModelEntry, WeightsEntry
from pages.widgets import sizes, wide_table
from pages.widgets.models import summary_data
from pages.widgets.models.scores import WORDS
from pages.widgets.models.viewed import Viewed

_ABOUT = {
    "name": "By its name",
    "enum": "With torchvision's enum, which knows the transforms too",
    "old": "The old spelling, deprecated since torchvision 0.13: you meet it in older notebooks",
    "thaw": "As Thaw loads them; they come with it",
    "file": "In plain PyTorch, from Thaw's folder",
}


def show(viewed: Viewed) -> None:
    """Draws the card; of random weights there is only how to build the model."""
    model, weights = viewed.entry, viewed.entry.find_weights(viewed.weights)
    found = summary_data.card(model.name, viewed.weights)
    _show_entries(model, viewed.weights)
    st.subheader("Load it", anchor=False)
    _show_lines(found.lines, model)
    if weights is None:
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Input", anchor=False)
        _show_table(("Step", "Value"), transform_rows(model, weights))
        st.subheader("As documented", anchor=False)
        _show_source(weights)
    with right:
        st.subheader("Categories", anchor=False)
        _show_categories(found.categories, weights, model.task)


def _show_entries(model: ModelEntry, chosen: str) -> None:
    lines = ["| Weights | Measured | Parameters | GMACs | File | Recipe | Licence |",
             "| --- | --- | --: | --: | --: | --- | --- |"]
    for one in model.weights:
        name = f"**{one.name}**" if one.name == chosen else one.name
        recipe = f"[how]({one.recipe_url})" if one.recipe_url else "–"
        licence = f"[{one.licence}]({one.licence_url})" if one.licence_url else one.licence or "–"
        lines.append(f"| {name} | {_measured(one)} | {one.params:,} | {one.gmacs:.3g} | "
                     f"{one.file_mb:.0f} MB | {recipe} | {licence} |")
    wide_table.room("entries").markdown("\n".join(lines))


def _measured(weights: WeightsEntry) -> str:
    """Its first figures; those on other data are in the card of the entry itself."""
    first = weights.metrics[0].data if weights.metrics else ""
    parts = [_metric(one.name, one.value) for one in weights.metrics if one.data == first]
    return f"{', '.join(parts)} · {first}" if parts else "–"


def _metric(name: str, value: float) -> str:
    word, unit = WORDS[name]
    # In one piece, in however narrow a table: no space and no hyphen at which it may break.
    return f"{word}\u00a0{value:.4g}\u00a0{unit}".replace("-", "\u2011")


def _show_lines(lines: tuple[Loading, ...], model: ModelEntry) -> None:
    """The new spellings to the left, the old one beside them."""
    new = [one for one in lines if one.how != "old"]
    old = [one for one in lines if one.how == "old"]
    left, right = st.columns(2, gap="large")
    for column, ways in ((left, new[-1:] + new[:-1] if old else new[:1]), (right, old or new[1:])):
        with column:
            for one in ways:
                st.caption(_ABOUT[one.how])
                st.code(one.code, language="python", wrap_lines=True)
    if not old:
        gives = old_spelling_gives(model)
        st.caption(
            f"`pretrained=True` is no way to get these weights: it loads {gives}." if gives
            else "`pretrained=True` loads nothing for this model: it is younger than the word."
        )


def _show_categories(names: tuple[str, ...], weights: WeightsEntry, task: str) -> None:
    if not names:
        st.markdown("It gives a flow for each pixel, and no classes." if task == "optical_flow"
                    else "These weights have no trained head: they give features, not classes.")
        return
    st.markdown(f"**{len(names):,} categories** of {weights.data}")
    search = st.text_input(
        "Find categories", placeholder="terrier", icon=":material/search:", live=True,
        key="models.categories", autocomplete="off", label_visibility="collapsed",
    ) or ""
    table = pd.DataFrame({"index": range(len(names)), "category": names})
    found = table[table["category"].str.contains(search.strip(), case=False, regex=False)]
    if found.empty:
        st.caption("No category has that in its name.")
        return
    st.dataframe(
        found, hide_index=True, height=min(320, 38 + 35 * len(found)),
        column_config={
            "index": st.column_config.NumberColumn("Output", width=80),
            "category": st.column_config.TextColumn("Category", width="large"),
        },
    )
    st.caption(f"{len(found):,} of {len(names):,}")


def _show_source(weights: WeightsEntry) -> None:
    rows = [
        ("Parameters", f"{weights.params:,}"),
        ("Multiply-adds", f"{sizes.of_count(weights.gmacs * 1e9)} an input"),
        *((f"{WORDS[one.name][0]} on {one.data}", f"{one.value:.4g} {WORDS[one.name][1]}")
          for one in weights.metrics),
        ("File", f"{weights.file_mb:.0f} MB"),
    ]
    if weights.min_size > 1:
        rows.append(("Smallest input", f"{weights.min_size} px"))
    if weights.recipe_url:
        rows.append(("Recipe", f"[how they were trained]({weights.recipe_url})"))
    rows.append(("Licence", _licence(weights)))
    _show_table(("Figure", "Value"), tuple(rows))
    if weights.about:
        st.caption(weights.about)


def _licence(weights: WeightsEntry) -> str:
    if not weights.licence:
        return "torchvision states none for these weights"
    return (f"[{weights.licence}]({weights.licence_url})" if weights.licence_url
            else weights.licence)


def _show_table(heads: tuple[str, str], rows: tuple[tuple[str, str], ...]) -> None:
    lines = [f"| {heads[0]} | {heads[1]} |", "| --- | --- |"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    wide_table.room(heads[0]).markdown("\n".join(lines))
