"""Dividing samples into train, validation and test: stratified, and the same for the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.messages import ThawError
from core.seeds import seed_for

if TYPE_CHECKING:  # the recipe knows the data sets, and so imports this package
    from core.recipe import LoaderSpec, SplitSpec


@dataclass(frozen=True)
class Split:
    """Indices of the samples of each part: int64, sorted, disjoint."""

    train: np.ndarray
    val: np.ndarray
    test: np.ndarray


class Labelled(Protocol):
    """Samples with labels, however they are held."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Name of each class."""

    @property
    def targets(self) -> np.ndarray:
        """[N], int64 class indices."""

    @property
    def official_test(self) -> np.ndarray | None:
        """Indices of the test split that the data set comes with, or None."""


def require_a_batch(samples: int, loader: "LoaderSpec") -> None:
    """Checks that `drop_last` leaves a batch to train on.

    Args:
        samples: Training images.

    Raises:
        ThawError: If they are fewer than a batch.
    """
    if loader.drop_last and samples < loader.batch_size:
        raise ThawError(
            "training.no_whole_batch", samples=samples, batch_size=loader.batch_size
        )


def split_of(spec: "SplitSpec", data: Labelled) -> Split:
    """The split that a recipe makes of its data.

    Raises:
        ThawError: If a class is too small to be in every part.
    """
    return split(
        data.targets,
        val=spec.val,
        test=spec.test,
        train_per_class=spec.train_per_class,
        seed=spec.seed,
        official_test=data.official_test,
        classes=data.classes,
    )


def split(
    targets: np.ndarray,
    *,
    val: float,
    test: float,
    train_per_class: int | None,
    seed: int,
    official_test: np.ndarray | None = None,
    classes: Sequence[str] | None = None,
) -> Split:
    """Divides every class by the same shares.

    Each class is shuffled by a seed of its own; its first samples are held out for the test,
    the next validate, and of the rest the first `train_per_class` train. Asking for more
    training samples therefore moves none of the others. Each class has one at least in each part.

    Args:
        targets: [N], int64 class indices.
        val: Share in (0, 1) of each class that validates.
        test: Share in (0, 1) of each class that is held out.
        train_per_class: At most this many samples of each class train; None for all.
        seed: Of the shuffling.
        official_test: Indices of the test split that the data set comes with; `test` does not
            count then, and `val` is a share of the others.
        classes: Names, for the sentences.

    Raises:
        ThawError: If a class is too small to be in every part.
    """
    targets = np.asarray(targets)
    is_test = np.zeros(len(targets), dtype=bool)
    if official_test is not None:
        is_test[official_test] = True
    parts: dict[str, list[np.ndarray]] = {"train": [], "val": [], "test": []}
    for target in np.unique(targets):
        members = np.flatnonzero((targets == target) & ~is_test)
        generator = np.random.Generator(np.random.PCG64(seed_for("split", seed, int(target))))
        members = generator.permutation(members)
        needed = 2 if official_test is not None else 3
        if len(members) < needed:
            name = classes[target] if classes is not None else str(target)
            raise ThawError(
                "data.class_too_small", name=name, count=len(members), needed=needed
            )
        # However large the shares are, one sample is left for each part that comes after.
        held = 0
        if official_test is None:
            held = min(max(1, round(test * len(members))), len(members) - 2)
        validating = min(max(1, round(val * len(members))), len(members) - held - 1)
        rest = members[held + validating :]
        parts["test"].append(members[:held])
        parts["val"].append(members[held : held + validating])
        parts["train"].append(rest if train_per_class is None else rest[:train_per_class])
    if official_test is not None:
        parts["test"] = [np.flatnonzero(is_test)]
    return Split(**{name: np.sort(np.concatenate(found)) for name, found in parts.items()})
