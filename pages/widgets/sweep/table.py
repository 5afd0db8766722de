"""All runs of a sweep as a table, and as a file for a spreadsheet."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.evaluation.sweep import CellOutcome
from core.evaluation.sweep_csv import csv_of
from core.runs.sweep import Sweep
from pages.state.language import say
from pages.widgets import field_words
from pages.widgets.plain import plain
from pages.widgets.sweep import words

_FIGURES = {
    "val_accuracy": ("Val. acc. %", "%.2f", "Validation accuracy of the best epoch."),
    "val_loss": ("Val. loss", "%.4f", "Validation loss of the best epoch."),
    "accuracy": ("Held-out %", "%.2f", "Accuracy on the held-out images after the last epoch."),
    "seconds": ("Seconds", "%.1f", "Of training and validation; they move with what else the "
                "machine does."),
}


def show(shown: Sweep, outcomes: Sequence[CellOutcome]) -> None:
    """Draws a row a run, what failed, and the download."""
    st.subheader("Runs", anchor=False)
    st.dataframe(
        frame(shown, outcomes), hide_index=True, key="sweep.table", placeholder="–",
        height="content" if len(outcomes) <= 12 else 460, column_config=_columns(shown),
    )
    st.download_button(
        "CSV", csv_of(shown.spec, outcomes), file_name=f"{shown.id}.csv", mime="text/csv",
        icon=":material/download:", on_click="ignore", key="sweep.csv",
    )
    for one in outcomes:
        if one.standing == "failed" and one.now and one.now.problem:
            where = words.cell(shown.spec.axes, one.cell)
            st.markdown(
                f":red[:material/error: {plain(where)} failed: {plain(say(one.now.problem))}]"
            )


def frame(shown: Sweep, outcomes: Sequence[CellOutcome]) -> pd.DataFrame:
    """One row a run: its values as text, how it stands, its figures once it has finished."""
    rows = []
    for one in outcomes:
        values = {
            axis.field: words.value(axis.field, value)
            for axis, value in zip(shown.spec.axes, one.cell, strict=True)
        }
        ended = one.standing == "finished"
        figures = {name: getattr(one, name) if ended else None for name in _FIGURES}
        for name in ("val_accuracy", "accuracy"):
            figures[name] = None if figures[name] is None else 100 * figures[name]
        rows.append({**values, "standing": words.STANDINGS[one.standing], **figures})
    return pd.DataFrame(rows)


def _columns(shown: Sweep) -> dict[str, object]:
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        **{field: text(field_words.label(field), pinned=at == 0)
           for at, field in enumerate(shown.spec.fields)},
        "standing": text("Run"),
        **{name: number(title, format=shape, help=about)
           for name, (title, shape, about) in _FIGURES.items()},
    }
