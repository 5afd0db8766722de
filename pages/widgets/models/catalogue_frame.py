"""The catalogue as a frame, one row a weights entry, and the filters over it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd

from core.models.catalogue import ModelEntry
from pages.widgets.models.scores import SCORES

SIZES: dict[str, float] = {"any size": float("inf"), "up to 5 M": 5e6, "up to 30 M": 30e6,
                           "up to 100 M": 100e6}


@dataclass(frozen=True)
class Filter:
    """What the table shows.

    Attributes:
        search: Words that the model's name, family or weights must contain, all of them.
        families: Only these; empty for all.
        max_params: Parameters at most.
        offline: Only weights that need no network.
    """

    search: str = ""
    families: tuple[str, ...] = ()
    max_params: float = float("inf")
    offline: bool = False


def frame(entries: Sequence[ModelEntry], files: Collection[str]) -> pd.DataFrame:
    """One row a weights entry, bundled ones first, in the catalogue's order.

    Columns: model, weights, family, score, params, gmacs, input, file_mb, here, data.

    Args:
        files: Names of the weights files that are on this computer.
    """
    rows = pd.DataFrame(
        [
            {
                "model": entry.name,
                "weights": weights.name,
                "family": entry.family,
                "score": metric.value if (metric := SCORES[entry.task].of(weights)) else None,
                "params": weights.params,
                "gmacs": weights.gmacs,
                "input": weights.crop_size,
                "file_mb": weights.file_mb,
                "here": "bundled" if weights.bundled
                else "downloaded" if weights.file in files else "",
                "data": metric.data if metric else weights.data,
            }
            for entry in entries
            for weights in entry.weights
        ]
    )
    return rows.sort_values("here", key=lambda here: here != "bundled", kind="stable",
                            ignore_index=True)


def filtered(rows: pd.DataFrame, chosen: Filter) -> pd.DataFrame:
    """The rows that the filter lets through, numbered anew."""
    keep = rows["params"] <= chosen.max_params
    if chosen.families:
        keep &= rows["family"].isin(chosen.families)
    if chosen.offline:
        keep &= rows["here"] != ""
    text = (rows["model"] + " " + rows["family"] + " " + rows["weights"]).str.lower()
    for word in chosen.search.lower().split():
        keep &= text.str.contains(word, regex=False)
    return rows[keep].reset_index(drop=True)
