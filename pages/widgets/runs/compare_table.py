"""Results and settings of runs beside each other, one column a run."""

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from core.evaluation import comparison
from core.evaluation.compare_lines import Recorded
from pages.widgets import palette, sizes
from pages.widgets.runs import results, settings_words
from pages.widgets.runs.reading import SeenRun
from pages.widgets.runs.results import Results
from pages.widgets.train import words

_WHAT = "\u200b"  # the heading of the first column: none, and no run can be called that
_ROWS = 24  # seen at once


def show(runs: Mapping[str, SeenRun], recorded: Mapping[str, Recorded], *, every: bool) -> None:
    """Draws results first, then the settings that differ, or all of them."""
    table = frame(runs, recorded, every=every)
    st.dataframe(
        table.style.apply(_best_in_accent, axis=1),
        hide_index=True,
        height=38 + 35 * min(len(table), _ROWS),
        column_config={
            _WHAT: st.column_config.TextColumn(pinned=True, width=150),
            **{label: st.column_config.TextColumn(width=105) for label in runs},
        },
    )
    if not every and all(seen.recipe for seen in runs.values()):
        same = len(comparison.settings(next(iter(runs.values())).recipe))
        same -= len(comparison.differing([seen.recipe for seen in runs.values()]))
        st.caption(f"{same} settings are the same.")


def frame(
    runs: Mapping[str, SeenRun], recorded: Mapping[str, Recorded], *, every: bool = False
) -> pd.DataFrame:
    """A row a result or setting, a column a run, all as text.

    Args:
        every: Also the settings that are the same.
    """
    known = results.of_all(runs, recorded)
    rows = [
        {_WHAT: name, **{label: read(seen, known[label]) for label, seen in runs.items()}}
        for name, read in _RESULTS.items()
    ]
    recipes = {label: seen.recipe for label, seen in runs.items() if seen.recipe}
    if recipes:
        found = {label: comparison.settings(recipe) for label, recipe in recipes.items()}
        differing = set(comparison.differing(list(recipes.values())))
        rows += [
            {
                _WHAT: settings_words.label(field),
                **{label: settings_words.value(field, one[field]) for label, one in found.items()},
            }
            for field in next(iter(found.values())) if every or field in differing
        ]
    return pd.DataFrame(rows, columns=[_WHAT, *runs]).fillna("–")


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.2f} %"


def _trainable(found: Results) -> str | None:
    if not found.trainable or not found.params:
        return None
    return f"{sizes.of_count(found.trainable)} of {sizes.of_count(found.params)}"


def _said(write: Callable, value: float | None) -> str | None:
    return None if value is None else write(value)


_RESULTS: dict[str, Callable[[SeenRun, Results], str | None]] = {
    "Validation accuracy": lambda seen, found: _percent(found.accuracy),
    "Validation loss": lambda seen, found: _said("{:.4g}".format, found.loss),
    "Best epoch": lambda seen, found: found.best_epoch and (
        f"{found.best_epoch} of {seen.now.epochs}"
    ),
    "Accuracy, last epoch": lambda seen, found: _percent(found.last_accuracy),
    "Held-out accuracy": lambda seen, found: _percent(found.held_out) or "not evaluated",
    "Time": lambda seen, found: _said(words.duration, found.seconds),
    "Peak memory": lambda seen, found: _said(sizes.of_bytes, found.peak_memory),
    "Trainable parameters": lambda seen, found: _trainable(found),
    "Samples per second": lambda seen, found: _said("{:,.0f}".format, found.samples_per_second),
}
_WINS = {"Validation accuracy": max, "Accuracy, last epoch": max, "Held-out accuracy": max,
         "Validation loss": min}


def _best_in_accent(row: pd.Series) -> list[str]:
    """The style of each cell: the winner of a result stands out."""
    pick = _WINS.get(row.iloc[0])
    numbers = [_number(text) for text in row.iloc[1:]]
    known = [number for number in numbers if number is not None]
    if pick is None or len(known) < 2:
        return [""] * len(row)
    mark = f"color: {palette.categorical()[0]}; font-weight: bold"
    return ["", *(mark if number == pick(known) else "" for number in numbers)]


def _number(text: str) -> float | None:
    try:
        return float(text.removesuffix(" %"))
    except ValueError:
        return None
