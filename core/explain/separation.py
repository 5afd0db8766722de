"""How well classes lie apart, in numbers that no picture can bend (scikit-learn)."""

from dataclasses import dataclass

import numpy as np

NEIGHBOURS = 5


@dataclass(frozen=True)
class Separation:
    """How well the classes of some images lie apart in a space of features.

    Attributes:
        neighbours: In [0, 1]: the share of images for which a vote of the nearest other images
            gives the own class; None where there is one class alone.
        silhouette: In [-1, 1]: the mean silhouette (Rousseeuw 1987); 1 if classes are far apart
            and dense, 0 if they overlap. None for one class, or if no class has two images.
    """

    neighbours: float | None
    silhouette: float | None


def nearest(values: np.ndarray, count: int = NEIGHBOURS) -> np.ndarray:
    """[N, K]: rows of the nearest other images by Euclidean distance, the nearest first.

    Args:
        values: [N, D], at least 2 rows.
        count: Of neighbours; K is less where there are too few others.
    """
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=min(count, len(values) - 1)).fit(values)
    return found.kneighbors(return_distance=False)  # without a query no row finds itself


def separation(values: np.ndarray, targets: np.ndarray, near: np.ndarray) -> Separation:
    """The two measures, in the full space.

    Args:
        values: [N, D].
        targets: [N], class indices.
        near: [N, K], as `nearest` gives it.
    """
    from sklearn.metrics import silhouette_score

    present = len(np.unique(targets))
    if present < 2:
        return Separation(None, None)
    right = float((voted(targets[near]) == targets).mean())
    if present == len(targets):
        return Separation(right, None)
    return Separation(right, float(silhouette_score(values, targets)))


def voted(labels: np.ndarray) -> np.ndarray:
    """[N]: the most frequent label of each row [N, K]; of equals the smallest.

    As `KNeighborsClassifier` of scikit-learn votes.
    """
    counts = np.stack([np.bincount(row, minlength=labels.max() + 1) for row in labels])
    return counts.argmax(1)
