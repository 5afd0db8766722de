"""Results of many runs and the settings that differ, one row a run."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.evaluation import comparison
from core.evaluation.compare_lines import Recorded
from pages.widgets import palette
from pages.widgets.runs import results, settings_words
from pages.widgets.runs.reading import SeenRun

_ROWS = 14  # seen at once; more are scrolled to
_RUN = "Run"
_NUMBER = st.column_config.NumberColumn
_COLUMNS = {
    "Val. acc. %": (lambda r: _times(r.accuracy, 100), _NUMBER(format="%.2f", help="Validation "
                    "accuracy of the best epoch.")),
    "Held-out %": (lambda r: _times(r.held_out, 100), _NUMBER(format="%.2f", help="Accuracy of "
                   "the best checkpoint on images that neither training nor choosing saw.")),
    "Val. loss": (lambda r: r.loss, _NUMBER(format="%.4f", help="Of the best epoch.")),
    "Best epoch": (lambda r: r.best_epoch, _NUMBER(format="%d")),
    "Last acc. %": (lambda r: _times(r.last_accuracy, 100), _NUMBER(
                    format="%.2f", help="Validation accuracy after the last epoch.")),
    "Last loss": (lambda r: r.last_loss, _NUMBER(format="%.4f", help="Validation loss after the "
                  "last epoch.")),
    "Time, s": (lambda r: r.seconds, _NUMBER(format="%.0f")),
    "Peak memory, MB": (lambda r: _times(r.peak_memory, 1e-6), _NUMBER(
                        format="%.0f", help="The most that the training process (on a GPU: its "
                        "memory there) took at one moment.")),
    "Trainable": (lambda r: r.trainable, _NUMBER(format="compact", help="Parameters.")),
    "Samples/s": (lambda r: r.samples_per_second, _NUMBER(format="%.0f")),
}
_WINS = {"Val. acc. %": "max", "Held-out %": "max", "Val. loss": "min", "Last acc. %": "max",
         "Last loss": "min"}


def show(runs: Mapping[str, SeenRun], recorded: Mapping[str, Recorded], *, every: bool) -> None:
    """Draws results first, then the settings that differ, or all of them."""
    table = frame(runs, recorded, every=every)
    known = [name for name in _COLUMNS if table[name].notna().any()]
    st.dataframe(
        table[[_RUN, *known, *table.columns[1 + len(_COLUMNS) :]]].style.apply(
            _best_in_accent, subset=[name for name in known if name in _WINS]
        ),
        hide_index=True,
        height=38 + 35 * min(len(table), _ROWS),
        column_config={
            _RUN: st.column_config.TextColumn(pinned=True, width="medium"),
            **{name: config for name, (_, config) in _COLUMNS.items()},
        },
        placeholder="–",
        key="runs.compared_table",
    )


def frame(
    runs: Mapping[str, SeenRun], recorded: Mapping[str, Recorded], *, every: bool = False
) -> pd.DataFrame:
    """A row a run: its label, results as numbers, settings as words or numbers."""
    found = results.of_all(runs, recorded)
    columns: dict[str, list] = {_RUN: list(runs)}
    for name, (read, _) in _COLUMNS.items():
        columns[name] = [read(one) for one in found.values()]
    recipes = {label: seen.recipe for label, seen in runs.items() if seen.recipe}
    settings = {label: comparison.settings(recipe) for label, recipe in recipes.items()}
    fields = comparison.differing(list(recipes.values())) if recipes else []
    if every and settings:
        fields = list(next(iter(settings.values())))
    for field in fields:
        own = {label: one[field] for label, one in settings.items()}
        words = _comparable(field, own)
        columns[_heading(field, columns)] = [words.get(label) for label in runs]
    return pd.DataFrame(columns)


def csv(runs: Mapping[str, SeenRun], recorded: Mapping[str, Recorded]) -> str:
    """The table as text, with the id of each run and the parameters in all."""
    table = frame(runs, recorded)
    table.insert(1, "Id", [seen.id for seen in runs.values()])
    return table.to_csv(index=False)


def _heading(field: str, taken: Mapping[str, list]) -> str:
    label = settings_words.label(field)
    return label if label not in taken else f"{label} ({field})"


def _comparable(field: str, own: Mapping[str, object]) -> dict[str, object]:
    """By label: numbers where all are, so that they sort as such, else words."""
    if all(isinstance(one, int | float) and not isinstance(one, bool) for one in own.values()):
        return dict(own)
    return {label: settings_words.value(field, one) for label, one in own.items()}


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _best_in_accent(column: pd.Series) -> list[str]:
    known = column.dropna()
    if len(known) < 2:
        return [""] * len(column)
    wins = known.max() if _WINS[column.name] == "max" else known.min()
    mark = f"color: {palette.categorical()[0]}; font-weight: bold"
    return [mark if value == wins else "" for value in column]
