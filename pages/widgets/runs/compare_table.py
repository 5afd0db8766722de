"""Results and settings of runs beside each other, one column a run."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.evaluation import comparison
from pages.widgets import palette, sizes
from pages.widgets.runs import evaluated, settings_words
from pages.widgets.runs.reading import SeenRun
from pages.widgets.train import words

_WHAT = "\u200b"  # the heading of the first column: none, and no run can be called that
_ROWS = 24  # seen at once


def show(runs: Mapping[str, SeenRun], *, every: bool) -> None:
    """Draws results first, then the settings that differ, or all of them."""
    table = frame(runs, every=every)
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


def frame(runs: Mapping[str, SeenRun], *, every: bool = False) -> pd.DataFrame:
    """A row a result or setting, a column a run, all as text.

    Args:
        every: Also the settings that are the same.
    """
    rows = [
        {_WHAT: name, **{label: of(seen) for label, seen in runs.items()}}
        for name, of in _RESULTS.items()
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


def _accuracy(seen: SeenRun) -> str:
    return f"{100 * seen.best['val_accuracy']:.2f} %" if seen.best else "–"


def _held_out(seen: SeenRun) -> str:
    found = evaluated.known(seen.run)
    return f"{100 * found.accuracy:.2f} %" if found else "not evaluated"


def _loss(seen: SeenRun) -> str:
    return f"{seen.best['val_loss']:.4g}" if seen.best else "–"


def _best_epoch(seen: SeenRun) -> str:
    return f"{seen.best['epoch']} of {seen.now.epochs}" if seen.best else "–"


def _time(seen: SeenRun) -> str:
    return words.duration(seen.now.seconds) if seen.now and seen.now.seconds else "–"


def _trainable(seen: SeenRun) -> str:
    state = seen.now.state if seen.now else {}
    if not state.get("params"):
        return "–"
    return f"{sizes.of_count(state['trainable'])} of {sizes.of_count(state['params'])}"


def _speed(seen: SeenRun) -> str:
    speed = seen.now.samples_per_second if seen.now else None
    return f"{speed:,.0f}" if speed else "–"


_RESULTS = {
    "Validation accuracy": _accuracy,
    "Validation loss": _loss,
    "Best epoch": _best_epoch,
    "Held-out accuracy": _held_out,
    "Time": _time,
    "Trainable parameters": _trainable,
    "Samples per second": _speed,
}
_WINS = {"Validation accuracy": max, "Held-out accuracy": max, "Validation loss": min}


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
