"""Metrics of a checkpoint on images it was not trained on, by scikit-learn."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.evaluation.judged import Judged, judge
from core.runs.folder import Run


@dataclass(frozen=True)
class ClassScore:
    """How one class was recognised; all but `support` in [0, 1]."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Evaluation:
    """Metrics of one checkpoint on one split.

    Attributes:
        accuracy: In [0, 1].
        loss: Mean cross entropy, binary for a head of one logit.
        samples: Number of images.
        confusion: [C, C]; row: the true class, column: the predicted one.
        epoch: Of the checkpoint.
    """

    split: str
    accuracy: float
    loss: float
    samples: int
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    epoch: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the accuracy (Wilson 1927): how well so many images tell it.

        They count as drawn by chance. What another seed would have trained is not in it.
        """
        from scipy.stats import binomtest

        right = round(self.accuracy * self.samples)
        found = binomtest(right, self.samples).proportion_ci(0.95, method="wilson")
        return float(found.low), float(found.high)


def evaluate(
    run: Run,
    checkpoint: str | int = "best",
    split: Literal["test", "val"] = "test",
) -> Evaluation:
    """Runs a checkpoint over a split of the run's own data.

    Raises:
        ThawError: If the checkpoint can't be loaded, or the data is not what the run had.
    """
    return scores(judge(run, checkpoint, split))


def scores(judged: Judged) -> Evaluation:
    """The metrics of answers that are there already."""
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    true, said = judged.targets, judged.said
    labels = np.arange(len(judged.classes))
    columns = precision_recall_fscore_support(true, said, labels=labels, zero_division=0.0)
    return Evaluation(
        split=judged.split,
        accuracy=float(judged.right.mean()),
        loss=judged.loss,
        samples=len(judged),
        per_class=tuple(
            ClassScore(name, float(p), float(r), float(f), int(n))
            for name, p, r, f, n in zip(judged.classes, *columns, strict=True)
        ),
        confusion=tuple(
            tuple(int(count) for count in row)
            for row in confusion_matrix(true, said, labels=labels)
        ),
        epoch=judged.epoch,
    )
