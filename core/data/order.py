"""The order of epochs, counted: how often a sample came, which classes, what drop_last left out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np

from core.data.exploration import Exploration

# An epoch: the samples of each of its batches.
Epoch = Sequence[Sequence[int]]


def times(epoch: Epoch, samples: int) -> dict[int, int]:
    """How many samples came 0, 1, 2, … times; only what happened.

    Args:
        samples: In the data set.
    """
    came = np.bincount(np.fromiter(chain.from_iterable(epoch), dtype=np.int64), minlength=samples)
    return {int(count): int(number) for count, number in sorted(Counter(came.tolist()).items())}


@dataclass(frozen=True)
class ClassCounts:
    """Samples of each class in runs of batches.

    Attributes:
        starts: First batch of each run.
        width: Batches in a run; the last may have fewer.
        counts: [runs, classes], mean number of samples in a batch of the run.
    """

    starts: tuple[int, ...]
    width: int
    counts: np.ndarray


def class_counts(
    epoch: Epoch, labels: Sequence[int], classes: int, most: int = 120
) -> ClassCounts:
    """How many samples of each class a batch has.

    Args:
        labels: Class index of each sample.
        most: Runs of batches; with more batches than that, neighbours are taken together.
    """
    width = max(1, -(-len(epoch) // most))
    known = np.asarray(labels, dtype=np.int64)
    starts = tuple(range(0, len(epoch), width))
    counts = np.zeros((len(starts), classes))
    for place, start in enumerate(starts):
        run = epoch[start : start + width]
        seen = np.fromiter(chain.from_iterable(run), dtype=np.int64)
        counts[place] = np.bincount(known[seen], minlength=classes) / len(run)
    return ClassCounts(starts, width, counts)


def left_out(epoch: Epoch, whole: Epoch) -> tuple[int, ...]:
    """Samples of the batch that `drop_last` leaves out.

    Args:
        whole: The same epoch without `drop_last`.
    """
    return tuple(chain.from_iterable(whole[len(epoch) :]))


# --- two configurations ------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """A field in which two explorations differ."""

    field: str
    first: object
    second: object


def differences(first: Exploration, second: Exploration) -> tuple[Difference, ...]:
    """What was set differently, by the path of the field."""
    one, other = flat(first), flat(second)
    return tuple(
        Difference(field, one[field], other[field]) for field in one if one[field] != other[field]
    )


def flat(wanted: Exploration) -> dict[str, object]:
    """Every field by its path, as `"loader.batch_size"`."""
    found: dict[str, object] = {}
    for name in Exploration.model_fields:
        value = getattr(wanted, name)
        if name == "loader":
            found.update(
                (f"loader.{inner}", getattr(value, inner)) for inner in type(value).model_fields
            )
        else:
            found[name] = value
    return found


@dataclass(frozen=True)
class Agreement:
    """How alike two epochs are.

    Attributes:
        same: Batches with the same samples in the same places.
        same_samples: Batches with the same samples in any places; the former are among them.
        first_other: The first batch that differs; None if none does.
    """

    same: int
    same_samples: int
    first_other: int | None


def agreement(first: Epoch, second: Epoch) -> Agreement:
    """Compares two epochs batch by batch."""
    pairs = [
        (tuple(one or ()), tuple(other or ())) for one, other in zip_longest(first, second)
    ]
    same = [one == other for one, other in pairs]
    alike = sum(sorted(one) == sorted(other) for one, other in pairs)
    return Agreement(sum(same), alike, None if all(same) else same.index(False))
