"""The runs as a frame, one row a run, and the filter over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from core.messages import ThawError
from pages.widgets import field_words, recipe_words
from pages.widgets.runs.reading import SeenRun

COLUMNS = (
    "id", "name", "status", "accuracy", "loss", "best_epoch", "epochs", "plan", "model",
    "weights", "data", "per_class", "seconds", "started", "group", "note",
)

OPENS = "opens stages"  # beside the preset: what was frozen at the start trains later


@dataclass(frozen=True)
class Filter:
    """What the table shows.

    Attributes:
        search: Words that a run's row must contain, all of them.
        data: Titles of data sets; empty for all.
    """

    search: str = ""
    data: tuple[str, ...] = ()


def frame(runs: Sequence[SeenRun]) -> pd.DataFrame:
    """One row a run, in the order given, with `COLUMNS`.

    The accuracy is in percent; what is not known (yet) is None.
    """
    return pd.DataFrame([_row(seen) for seen in runs], columns=list(COLUMNS))


def filtered(rows: pd.DataFrame, wanted: Filter) -> pd.DataFrame:
    """The rows that the filter lets through, numbered anew."""
    keep = pd.Series(True, index=rows.index)
    if wanted.data:
        keep &= rows["data"].isin(wanted.data)
    text = rows["status"].str.join(" ") + " " + rows["plan"].str.join(" ")
    for column in ("id", "name", "model", "weights", "data", "group", "note"):
        text += " " + rows[column].fillna("")
    text = text.str.lower()
    for word in wanted.search.lower().split():
        keep &= text.str.contains(word, regex=False)
    return rows[keep].reset_index(drop=True)


def _row(seen: SeenRun) -> dict:
    now, recipe, best = seen.now, seen.recipe, seen.best
    epochs = (now.epochs if now else 0) or (recipe.train.epochs if recipe else 0)
    return {
        "id": seen.id,
        "name": seen.name,
        "status": [now.status if now else "damaged"],
        "accuracy": 100 * best["val_accuracy"] if best else None,
        "loss": best.get("val_loss"),
        "best_epoch": best.get("epoch"),
        "epochs": f"{now.epoch if now else '?'} of {epochs}" if epochs else None,
        "plan": _plan(seen),
        "model": recipe.model.name if recipe else None,
        "weights": _weights(seen),
        "data": _data_title(seen),
        "per_class": str(recipe.split.train_per_class or "all") if recipe else None,
        "seconds": now.seconds if now and now.seconds else None,
        "started": _started(seen.id),
        "group": seen.group or None,
        "note": seen.note,
    }


def _plan(seen: SeenRun) -> list[str]:
    if seen.recipe is None:
        return []
    return [field_words.choice(seen.recipe.freeze.preset), *[OPENS] * seen.opens_stages]


def _weights(seen: SeenRun) -> str | None:
    if seen.recipe is None:
        return None
    return "none" if seen.recipe.freeze.preset == "from_scratch" else seen.recipe.model.weights


def _data_title(seen: SeenRun) -> str | None:
    try:
        return recipe_words.data_title(seen.recipe) if seen.recipe else None
    except ThawError:
        return seen.recipe.data.name


def _started(run_id: str) -> datetime | None:
    """When the folder was made, by its name."""
    try:
        return datetime.strptime(run_id[:17], "%Y-%m-%d_%H%M%S")
    except ValueError:
        return None
