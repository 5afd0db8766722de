"""Why a collate function failed on these samples, from its exception and what it held then."""

import re
from collections.abc import Sequence
from types import CodeType
from typing import Any

import numpy as np

from core.data import collate
from core.data.collate_table import CollateEntry
from core.messages import Problem

_FEW = 8


def why(entry: CollateEntry, error: Exception, samples: Sequence[Any]) -> Problem:
    """The reason in one sentence, on the samples.

    Args:
        error: As the function raised it; its traceback is read.
        samples: That it was given, unchanged.
    """
    if problem := naive(error):
        return problem
    shapes = [shape for one in samples if (shape := _shape(one))]
    if "equal size" in str(error) and len(set(shapes)) > 1:
        id = "collate.mixing_unequal" if "classes" in entry.options else "collate.unequal"
        return Problem(id, {"title": entry.title, "shapes": _listed(map(_spelled, shapes))})
    what = type(samples[0]).__name__ if samples else "nothing"
    return Problem("collate.other", {"title": entry.title, "what": what})


def naive(error: Exception) -> Problem | None:
    """What the lecture's function did: its own variables tell at the moment of the error.

    None for another function, and where it ran in a worker: only text comes from there.
    """
    held = _variables(error, collate.my_collate_fn.__code__)
    lengths = [len(one["X"]) for one in held.get("batch", ())]
    if len(lengths) == 1 and isinstance(error, IndexError):
        return Problem("collate.naive_alone", {"length": lengths[0]})
    if len(lengths) < 2 or "missing" not in held:
        return None
    values = {
        "lengths": _listed(lengths), "first": lengths[0], "second": lengths[1],
        "missing": held["missing"],
    }
    if held["missing"] < 0:
        return Problem("collate.naive_negative", values)
    if "others" not in held:
        return None
    stacked = [len(held["first"]), *map(len, held["others"])]
    place = next((n for n, one in enumerate(stacked) if one != stacked[0]), None)
    if place is None:
        return None
    return Problem("collate.naive_stack", {
        **values, "stacked": _listed(stacked), "place": place, "length": stacked[place],
    })


def _variables(error: Exception, function: CodeType) -> dict[str, Any]:
    """The variables of a function on the way to the error."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code is function:
            return trace.tb_frame.f_locals
        trace = trace.tb_next
    return {}


def _shape(sample: Any) -> tuple[int, ...]:
    first = next(iter(sample.values())) if isinstance(sample, dict) else sample[0]
    return tuple(np.shape(first))


def _spelled(shape: tuple[int, ...]) -> str:
    return str(list(shape))  # as PyTorch writes it


def _listed(values: Any) -> str:
    """3, 4 and 5; of many the first."""
    words = [re.sub(r"\s+", " ", str(one)) for one in values]
    if len(words) > _FEW:
        return ", ".join(words[:_FEW]) + " …"
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
