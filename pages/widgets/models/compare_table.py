"""What differs between models: a row a property, a column a model, the best one marked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
import streamlit as st

from pages.widgets import sizes
from pages.widgets.models import summary_data
from pages.widgets.models.scores import SCORES

Best = Literal["most", "least", "none"]


@dataclass(frozen=True)
class Property:
    """One row.

    Attributes:
        column: Of the frame.
        best: Which value is marked.
    """

    label: str
    column: str
    show: Callable[[float], str]
    best: Best = "none"


def show(compared: pd.DataFrame, task: str) -> None:
    """Draws the rows in which the models differ, and says in which they are alike."""
    lines = [f"| | {' | '.join(compared['model'])} |", f"| --- |{' --: |' * len(compared)}",
             f"| Weights | {' | '.join(f':small[{one}]' for one in compared['weights'])} |"]
    alike = []
    for one in properties(task):
        if one.column not in compared:
            continue
        values = list(compared[one.column])
        shown = ["–" if pd.isna(value) else one.show(value) for value in values]
        if len(set(shown)) == 1:
            alike.append(f"{one.label[:1].lower()}{one.label[1:]} {shown[0]}")
        else:
            cells = _marked(values, shown, one.best)
            lines.append(f"| {one.label} | {' | '.join(cells)} |")
    same = f"\n\n:small[:gray[Alike: {', '.join(alike)}.]]" if alike else ""
    st.markdown("\n".join(lines) + same)


def properties(task: str) -> tuple[Property, ...]:
    """Every row that there can be."""
    score = SCORES[task]
    return (
        Property(score.label, "score", lambda value: f"{value:.{score.digits}f}",
                 "most" if score.better == "higher" else "least"),
        Property("Parameters", "params", sizes.of_count, "least"),
        Property("MACs", "gmacs", lambda value: sizes.of_count(value * 1e9), "least"),
        Property("File", "file_mb", lambda value: f"{value:.0f} MB", "least"),
        Property("Input", "input", lambda value: f"{value:.0f} px"),
        Property("To predict one", "predict", sizes.of_bytes, "least"),
        Property("To train", "train", sizes.of_bytes, "least"),
        Property("Modules", "modules", lambda value: f"{value:,.0f}"),
        Property("Family", "family", str),
        Property("Measured on", "data", str),
    )


def with_memory(compared: pd.DataFrame, optimizer: str, batch_size: int) -> pd.DataFrame:
    """The rows with what each model takes, all of it trained, at its own input and head."""
    from core.models.memory import forward_memory, training_memory

    columns: dict[str, list[float | None]] = {"predict": [], "train": [], "modules": []}
    for row in compared.itertuples():
        found = summary_data.summary(row.model, row.weights, None, None)
        need = training_memory(found, None, (), optimizer, batch_size)
        columns["predict"].append(need.weights + forward_memory(found, 1))
        columns["train"].append(None if found.found else need.total)
        columns["modules"].append(len(found.rows))
    return compared.assign(**columns)


def _marked(values: Sequence[float], shown: Sequence[str], best: Best) -> list[str]:
    known = [value for value in values if not pd.isna(value)]
    if best == "none" or len(known) < 2:
        return list(shown)
    winner = max(known) if best == "most" else min(known)
    return [f":green[**{text}**]" if value == winner else text
            for value, text in zip(values, shown, strict=True)]
