"""Rows of many numbers as points in a plane: PCA and t-SNE by scikit-learn."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.messages import ThawError

AXES = 50  # principal axes that are kept; t-SNE starts from them, as its authors do from 30
SEED = 0  # of every random number here
PERPLEXITIES = (2, 5, 10, 20, 30, 50, 100)
PERPLEXITY = 30  # where there are images enough
_STEPS, _STEPS_A_LOOK = 1000, 50  # of t-SNE, as scikit-learn has them


@dataclass(frozen=True)
class Axes:
    """Points along the directions in which they differ most.

    Attributes:
        values: [N, A], float32, A at least 2; columns beyond what there is are 0.
        explained: [A]: share of the variance along each.
    """

    values: np.ndarray
    explained: np.ndarray


def principal_axes(values: np.ndarray) -> Axes:
    """The first principal components of rows [N, D].

    Raises:
        ThawError: If all rows are the same.
    """
    from sklearn.decomposition import PCA

    if not np.ptp(values, axis=0).any():
        raise ThawError("embedding.all_alike", count=len(values))
    pca = PCA(min(AXES, *values.shape), random_state=SEED)
    found = pca.fit_transform(values.astype(np.float64)).astype(np.float32)
    lacking = max(0, 2 - found.shape[1])
    return Axes(
        np.pad(found, ((0, 0), (0, lacking))),
        np.pad(pca.explained_variance_ratio_, (0, lacking)),
    )


def perplexities(count: int) -> list[int]:
    """Those that so many points allow: a point has about three times as many neighbours."""
    return [one for one in PERPLEXITIES if 3 * one < count]


def tsne(
    axes: Axes, perplexity: float, tell: Callable[[int, int], None] = lambda done, all: None
) -> np.ndarray:
    """[N, 2], float32, by t-SNE (van der Maaten and Hinton 2008); takes seconds.

    Args:
        axes: Of at least 7 points.
        perplexity: About how many neighbours each point looks to; of `perplexities`.
        tell: Takes the steps that are made, and all; what it raises ends it.
    """
    from sklearn.manifold import TSNE

    made = TSNE(perplexity=perplexity, init="pca", random_state=SEED, max_iter=_STEPS)
    made.set_params(verbose=_Looked(tell))
    return made.fit_transform(axes.values)


class _Looked(int):
    """A `verbose` of 0 that notices when scikit-learn compares it, after every 50 steps.

    There is no other place from where its descent can be watched or ended. Should a version of it
    not look, the points are the same, and nothing is told.
    """

    def __new__(cls, tell: Callable[[int, int], None]) -> "_Looked":
        """With who is told."""
        made = super().__new__(cls, 0)
        made._tell, made._looks = tell, 0
        return made

    def __ge__(self, other: object) -> bool:
        self._looks += 1
        self._tell(min(self._looks * _STEPS_A_LOOK, _STEPS), _STEPS)
        return int(self) >= other


def with_signs_of(points: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Points [N, 2] with each axis turned round where it runs against that of other points.

    The sign of a principal axis means nothing, and a picture that only flipped looks changed.
    """
    along = ((points - points.mean(0)) * (before - before.mean(0))).sum(0)
    return points * np.where(along < 0, -1, 1).astype(points.dtype)


def turned_to(points: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Points [N, 2] about 0, turned and mirrored as a whole to lie most like other points.

    Distances stay as they are (orthogonal Procrustes, Schönemann 1966); in t-SNE neither
    direction of the plane means anything.
    """
    from scipy.linalg import orthogonal_procrustes

    centred = points - points.mean(0)
    turn, _ = orthogonal_procrustes(centred, before - before.mean(0))
    return centred @ turn
