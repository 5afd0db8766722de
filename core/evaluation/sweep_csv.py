"""A sweep as a table for a spreadsheet: a row a run."""

import csv
import io
from collections.abc import Sequence

from core.evaluation.sweep import CellOutcome
from core.runs.sweep_fields import words
from core.runs.sweep_spec import SweepSpec

_FIGURES = ("val_accuracy", "val_loss", "val_samples", "accuracy", "samples", "seconds")
_TITLES = ("val_accuracy", "val_loss", "val_images", "held_out_accuracy", "held_out_images",
           "seconds")


def csv_of(spec: SweepSpec, outcomes: Sequence[CellOutcome]) -> str:
    """One row a cell: the fields' values, the run, how it stands, its figures; "" for unknown.

    Figures are those of runs that have finished; accuracies are in [0, 1].
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*spec.fields, "run", "status", "best_epoch", *_TITLES])
    for one in outcomes:
        ended = one.standing == "finished"
        best = (one.now.best or {}).get("epoch", "") if ended and one.now else ""
        table.writerow([
            *map(words, one.cell), one.run.id if one.run else "", one.standing, best,
            *(_cell(getattr(one, name)) if ended else "" for name in _FIGURES),
        ])
    return text.getvalue()


def _cell(value: float | int | None) -> object:
    return "" if value is None else value
