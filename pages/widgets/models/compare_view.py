"""The view Compare: two to four models of one task beside each other, as a table and charts."""

import pandas as pd
import streamlit as st

from core.models.weights_file import files_here
from core.recipe import Recipe
from pages.state import draft, person
from pages.widgets import field_words, wide_table
from pages.widgets.models import (
    accuracy_chart,
    catalogue_frame,
    choice,
    compare_table,
    task_choice,
)
from pages.widgets.models.scores import SCORES
from pages.widgets.models.viewed import Viewed

MOST = 4
_START = "models.compared"


def show(viewed: Viewed) -> None:
    """Draws the choice, what differs between the chosen ones, and where they lie among all."""
    task = viewed.entry.task
    rows = catalogue_frame.frame(task_choice.entries(task), files_here())
    rows = rows.assign(label=rows["model"] + " · " + rows["weights"])
    picked = _edit(task, rows, f"{viewed.entry.name} · {viewed.weights}")
    compared = rows.set_index("label").loc[picked].reset_index()
    if len(compared) < 2:
        st.caption("Choose two to four: here, or with a click on a point and the button.")
    else:
        _show_table(compared, task, draft.get())
    marked = rows["label"].isin([*picked, f"{viewed.entry.name} · {viewed.weights}"])
    known = accuracy_chart.points(rows.assign(marked=marked, shown=marked))
    for column, cost in zip(st.columns(2, gap="medium"), accuracy_chart.COSTS, strict=True):
        with column:
            _show_chart(known, cost, task)


def _edit(task: str, rows: pd.DataFrame, now: str) -> list[str]:
    """The labels of what is compared; the button adds what the page shows."""
    start, count = person.choice(f"{_START} {task}", ([now], 0))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.multiselect(
            "Compare", list(rows["label"]),
            default=[one for one in start if one in set(rows["label"])], max_selections=MOST,
            key=f"{_START} {task} {count}", persist_state="session",
            placeholder="Two to four models", filter_mode="contains",
            select_all=False,  # or Enter behind a few letters takes all that match them
        )
        if now not in picked and now in set(rows["label"]):
            st.button(
                f"Add {now.partition(' · ')[0]}", icon=":material/add:", key="models.compare_add",
                disabled=len(picked) >= MOST, on_click=person.remember,
                # Another start is another widget: the choice begins with it.
                args=(f"{_START} {task}", ([*picked, now], count + 1)),
            )
    return picked


def _show_table(compared: pd.DataFrame, task: str, recipe: Recipe) -> None:
    """What differs; memory comes a moment later, because it runs each model on meta."""
    place = wide_table.room("compared").empty()
    with place:
        compare_table.show(compared, task)
    batch_size, optimizer = recipe.loader.batch_size, recipe.optimizer.name
    with place:
        compare_table.show(
            compare_table.with_memory(compared, optimizer, batch_size), task
        )
    st.caption(f"To predict and to train: memory. To train: every parameter, batches of "
               f"{batch_size} and {field_words.choice(optimizer)}, as your training has them.")


def _show_chart(known: pd.DataFrame, cost: str, task: str) -> None:
    key = f"models.compare_chart {cost}"
    st.altair_chart(
        accuracy_chart.chart(known, cost, SCORES[task]), key=key, height=320,
        on_select="rerun", selection_mode="pick",
    )
    points = choice.selected(key, "pick")
    if person.is_new(key, points) and points:
        choice.choose(points[0]["model"], points[0]["weights"], by="chart")
