"""Where images lie in what a model makes of them, before its run and at a checkpoint."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.evaluation.held_out import held_out_images
from core.evaluation.model_of import LoadedModel, load_run_model
from core.evaluation.start_of_run import load_start
from core.explain.features import Tell, features_of
from core.explain.projection import Axes, principal_axes
from core.explain.separation import Separation, nearest, separation
from core.messages import ThawError
from core.runs.folder import Run
from core.seeds import seed_for

LEAST = 8  # images; fewer make no picture
_SEED = 0  # of which images are taken: the same ones for every run


@dataclass(frozen=True)
class Embedding:
    """Where some images lie in the feature space of one model.

    The features themselves are not kept: vgg16's are 100 kB an image.

    Attributes:
        classes: Names.
        places: [N], int64: each image's index in the data set.
        targets: [N], int64: the true classes.
        said: [N], int64: what the model says.
        confidence: [N], float32: how sure it is.
        axes: The first principal components.
        near: [N, K], int64: rows of the nearest other images in the full space, nearest first.
        separation: Of the classes, in the full space.
        dimensions: Of that space.
        epoch: Of the checkpoint; 0 at the start.
    """

    classes: tuple[str, ...]
    places: np.ndarray
    targets: np.ndarray
    said: np.ndarray
    confidence: np.ndarray
    axes: Axes
    near: np.ndarray
    separation: Separation
    dimensions: int
    epoch: int

    def __len__(self) -> int:
        return len(self.places)

    def is_same_as(self, other: "Embedding") -> bool:
        """Whether the features are the same numbers, as far as all that is kept tells."""
        return (
            self.dimensions == other.dimensions
            and np.array_equal(self.places, other.places)
            and np.array_equal(self.axes.values, other.axes.values)
            and np.array_equal(self.near, other.near)
        )


def embed_checkpoint(
    run: Run, which: str | int, split: Literal["test", "val"], most: int, tell: Tell
) -> Embedding:
    """The images of a split in what a checkpoint makes of them.

    Args:
        most: Images; of more, so many are drawn, of each class its share.
        tell: As `features_of` takes it.

    Raises:
        ThawError: If the checkpoint can't be loaded, the data is not what the run had, there
            are too few images, or the features are not finite or all the same.
    """
    return _embed(load_run_model(run, which), split, most, tell)


def embed_start(
    run: Run, which: str | int, split: Literal["test", "val"], most: int, tell: Tell
) -> Embedding:
    """The same for the model before the first step.

    Raises:
        ThawError: As `embed_checkpoint`, or if the start can't be built any more.
    """
    return _embed(load_start(run, which), split, most, tell)


def drawn(places: np.ndarray, targets: np.ndarray, most: int) -> np.ndarray:
    """At most so many places, of each class its share and at least one; the same every time.

    Args:
        places: [N], int64 indices in a data set.
        targets: [N], int64: the class of each.
        most: At least the number of classes.
    """
    if len(places) <= most:
        return places
    ranks = np.empty(len(places))  # from 0 to 1 within its class, in a random order
    for label in np.unique(targets):
        members = np.flatnonzero(targets == label)
        random = np.random.default_rng(seed_for("embedding", _SEED, int(label)))
        ranks[members] = random.permutation(len(members)) / len(members)
    return places[np.sort(np.argsort(ranks, kind="stable")[:most])]


def _embed(
    loaded: LoadedModel, split: Literal["test", "val"], most: int, tell: Tell
) -> Embedding:
    data, places = held_out_images(loaded, split)
    places = drawn(places, np.asarray(data.targets)[places], most)
    if len(places) < LEAST:
        raise ThawError("embedding.too_few", count=len(places), least=LEAST)
    found = features_of(loaded, data, places, tell)
    targets = np.asarray(data.targets)[places]
    near = nearest(found.values)
    return Embedding(
        tuple(data.classes), places, targets, found.said, found.confidence,
        principal_axes(found.values), near, separation(found.values, targets, near),
        found.values.shape[1], loaded.epoch,
    )
