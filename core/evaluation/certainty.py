"""How far a checkpoint's probabilities can be trusted, and how well they rank."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.judged import Judged

BINS = 15  # as in Guo et al. 2017


@dataclass(frozen=True)
class Bin:
    """The images whose confidence lies in (low, high].

    Attributes:
        count: How many they are.
        confidence: Their mean; NaN without any.
        accuracy: The share of them that is right; NaN without any.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """A reliability diagram and what it comes to.

    Attributes:
        error: The expected calibration error: the mean distance of confidence and accuracy over
            the bins, each weighted by its images (Guo et al. 2017, "On Calibration of Modern
            Neural Networks").
    """

    bins: tuple[Bin, ...]
    error: float


def calibration(judged: Judged, bins: int = BINS) -> Calibration:
    """How often the checkpoint is right where it is so sure.

    Args:
        bins: Of equal width over [0, 1].
    """
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, judged.confidence, side="left") - 1, 0, bins - 1)
    found = [
        _bin(float(low), float(high), judged.confidence[place == number],
             judged.right[place == number])
        for number, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True))
    ]
    error = sum(
        one.count / len(judged) * abs(one.accuracy - one.confidence)
        for one in found if one.count
    )
    return Calibration(tuple(found), float(error))


def top_k(judged: Judged, k: int) -> float:
    """The share of images whose true class is among the k likeliest, in [0, 1].

    Raises:
        ValueError: If k is less than 1.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    likeliest = np.argsort(-judged.probabilities, axis=1, kind="stable")[:, :k]
    return float((likeliest == judged.targets[:, None]).any(1).mean())


@dataclass(frozen=True)
class Ranking:
    """How well the probability of one class parts its images from all others.

    Attributes:
        false_positive_rate: [M], of the ROC curve, rising.
        true_positive_rate: [M], with it; the same as the recall.
        roc_auc: Area under it; NaN where the class has no image, or all of them.
        recall: [K], of the precision-recall curve, falling.
        precision: [K], with it.
        average_precision: Its mean over the steps of recall; NaN likewise.
    """

    false_positive_rate: np.ndarray
    true_positive_rate: np.ndarray
    roc_auc: float
    recall: np.ndarray
    precision: np.ndarray
    average_precision: float


def ranking(judged: Judged, target: int) -> Ranking:
    """ROC and precision-recall curve of one class against all others, by scikit-learn."""
    from sklearn import metrics

    true, score = judged.targets == target, judged.probabilities[:, target]
    if true.all() or not true.any():
        nothing = np.array([])
        return Ranking(nothing, nothing, float("nan"), nothing, nothing, float("nan"))
    false_positive, true_positive, _ = metrics.roc_curve(true, score)
    precision, recall, _ = metrics.precision_recall_curve(true, score)
    return Ranking(
        false_positive, true_positive, float(metrics.auc(false_positive, true_positive)),
        recall, precision, float(metrics.average_precision_score(true, score)),
    )


def _bin(low: float, high: float, confidence: np.ndarray, right: np.ndarray) -> Bin:
    if not len(confidence):
        return Bin(low, high, 0, float("nan"), float("nan"))
    return Bin(
        low, high, len(confidence), float(confidence.astype(np.float64).mean()),
        float(right.mean()),
    )
