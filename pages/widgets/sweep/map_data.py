"""The places of a sweep's map as a tidy frame, with their colours and texts."""

from collections.abc import Sequence
from math import log

import pandas as pd

from core.evaluation.sweep import LOWER_IS_BETTER, METRICS, Metric, Place
from core.runs.sweep_spec import AxisSpec
from pages.widgets import ink, palette
from pages.widgets.sweep import words

COLUMNS = ("cell", "x", "y", "value", "low", "high", "text", "fill", "ink", "best", "where",
           "standing", "seeds", *(f"told_{metric}" for metric in METRICS))
_PALE = 0.10  # of the accent in the colour of the worst cell
_BEST = "★ "


def frame(
    axes: Sequence[AxisSpec], places: Sequence[Place], metric: Metric, best: Place | None,
    of: Sequence[Place] | None = None,
) -> pd.DataFrame:
    """One row a place, with `COLUMNS`; `cell` is its number among the places.

    Args:
        axes: The map's fields; the first two are `x` and `y`.
        of: The places whose figures span the colours; None for the same.
    """
    scale = _Scale(metric, places if of is None else of)
    return pd.DataFrame(
        [_row(number, axes, place, metric, place == best, scale)
         for number, place in enumerate(places)],
        columns=list(COLUMNS),
    )


class _Scale:
    """From a figure to how good it is among the others, in [0, 1]."""

    def __init__(self, metric: Metric, places: Sequence[Place]) -> None:
        self._metric = metric
        found = [figure.mean for place in places if (figure := place.figure(metric))]
        known = [self._spread(value) for value in found]
        self._low, self._high = (min(known), max(known)) if known else (0.0, 0.0)

    def share(self, value: float) -> float:
        """0 for the worst, 1 for the best, a half where all are alike."""
        if self._low == self._high:
            return 0.5
        share = (self._spread(value) - self._low) / (self._high - self._low)
        return 1 - share if self._metric in LOWER_IS_BETTER else share

    def _spread(self, value: float) -> float:
        # A loss that ran away, or one slow run, must not make all others look alike.
        return log(max(value, 1e-12)) if self._metric in LOWER_IS_BETTER else value


def _row(
    number: int, axes: Sequence[AxisSpec], place: Place, metric: Metric, is_best: bool,
    scale: _Scale,
) -> dict[str, object]:
    figure = place.figure(metric)
    labels = [words.value(axis.field, place.cell[at]) for at, axis in enumerate(axes)]
    fill = palette.LINE.here() if figure is None else _colour(scale.share(figure.mean))
    mark = words.MARKS.get(place.standing, "")
    shown = words.figure(metric, figure.mean) if figure else ""
    of = len(place.outcomes)
    return {
        "cell": number,
        "x": labels[0],
        "y": labels[1] if len(labels) > 1 else "",
        "value": figure.mean if figure else None,
        "low": figure.low if figure else None,
        "high": figure.high if figure else None,
        "text": f"{_BEST if is_best else ''}{shown}{' ' if shown and mark else ''}{mark}",
        "fill": fill,
        "ink": ink.on(fill),
        "best": is_best,
        "where": words.cell(tuple(axes), place.cell),
        "standing": _standing(place),
        "seeds": f"{len(place.finished)} of {of} seeds" if of > 1 else "",
        **{f"told_{one}": _told(place, one) for one in METRICS},
    }


def _standing(place: Place) -> str:
    word = words.STANDINGS[place.standing]
    return f"{len(place.finished)} of {len(place.outcomes)} seeds finished" + (
        "" if place.is_whole else f", one {word}"
    ) if len(place.outcomes) > 1 else word


def _told(place: Place, metric: Metric) -> str:
    figure = place.figure(metric)
    if figure is None:
        return "–"
    mean = words.told(metric, figure.mean)
    if figure.spread is None:
        return mean
    low, high = words.figure(metric, figure.low), words.figure(metric, figure.high)
    return f"{mean} ± {words.figure(metric, figure.spread)} ({low} to {high})"


def _colour(share: float) -> str:
    """Between a pale accent and the accent, the stronger the better."""
    return ink.over_ground(palette.ACCENT.here(), _PALE + (1 - _PALE) * share)
