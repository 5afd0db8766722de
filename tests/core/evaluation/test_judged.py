"""Answers, mistakes, calibration and ranking against cases by hand and torchmetrics."""

import math

import numpy as np
import pytest
import torch
from torchmetrics import functional as reference

from core.evaluation import certainty, mistakes
from core.evaluation.evaluate import evaluate, scores
from core.evaluation.judged import Judged, judge
from core.messages import ThawError
from core.runs.folder import Run


def answers(probabilities: list[list[float]], targets: list[int]) -> Judged:
    found = np.array(probabilities, dtype=np.float32)
    names = tuple("abcdefgh"[: found.shape[1]])
    return Judged(names, np.arange(len(targets)) + 100, np.array(targets), found.argmax(1), found,
                  0.0, "test", 1)


def random_answers(count: int = 500, classes: int = 5, seed: int = 0) -> Judged:
    random = np.random.default_rng(seed)
    targets = random.integers(0, classes, count)
    logits = random.normal(size=(count, classes)) + 1.5 * np.eye(classes)[targets]
    found = torch.tensor(logits).softmax(1).float().numpy()
    return answers(found.tolist(), targets.tolist())


BY_HAND = answers(
    [[0.9, 0.1, 0.0], [0.4, 0.6, 0.0], [0.2, 0.7, 0.1], [0.5, 0.3, 0.2], [0.0, 0.2, 0.8]],
    [0, 0, 1, 2, 2],
)


def test_by_hand() -> None:
    assert BY_HAND.right.tolist() == [True, False, True, False, True]
    assert mistakes.mistakes(BY_HAND).tolist() == [1, 3]
    assert mistakes.mistakes(BY_HAND, 1).tolist() == [1]
    assert mistakes.narrow_hits(BY_HAND).tolist() == [2, 4, 0]
    assert mistakes.in_cell(BY_HAND, 2, 0).tolist() == [3]
    assert [certainty.top_k(BY_HAND, k) for k in (1, 2, 3, 9)] == [0.6, 0.8, 1.0, 1.0]
    found = certainty.calibration(BY_HAND, bins=2)  # confidences .9 .6 .7 .8 above, .5 below
    assert [one.count for one in found.bins] == [1, 4]
    assert found.bins[0].accuracy == 0 and found.bins[1].accuracy == 0.75
    assert found.error == pytest.approx((1 * 0.5 + 4 * abs(0.75 - 0.75)) / 5, abs=1e-6)


def test_an_empty_bin_counts_nothing() -> None:
    sure = answers([[1.0, 0.0], [1.0, 0.0]], [0, 1])
    found = certainty.calibration(sure)
    assert found.bins[-1].count == 2 and math.isnan(found.bins[0].accuracy)
    assert found.error == 0.5


def test_against_torchmetrics() -> None:
    judged = random_answers()
    found, target = torch.tensor(judged.probabilities), torch.tensor(judged.targets)
    classes = len(judged.classes)
    theirs = reference.calibration_error(
        found, target, task="multiclass", n_bins=15, norm="l1", num_classes=classes
    )
    assert certainty.calibration(judged).error == pytest.approx(float(theirs), abs=1e-6)
    given = {"task": "multiclass", "num_classes": classes}
    for k in (1, 2, 3):
        theirs = reference.accuracy(found, target, top_k=k, average="micro", **given)
        assert certainty.top_k(judged, k) == pytest.approx(float(theirs))
    aucs = reference.auroc(found, target, average=None, **given)
    means = reference.average_precision(found, target, average=None, **given)
    for label in range(classes):
        ours = certainty.ranking(judged, label)
        assert ours.roc_auc == pytest.approx(float(aucs[label]), abs=1e-6)
        assert ours.average_precision == pytest.approx(float(means[label]), abs=1e-6)
    ours = scores(judged)
    matrix = reference.confusion_matrix(found, target, **given)
    assert [list(row) for row in ours.confusion] == matrix.tolist()
    for name in ("precision", "recall", "f1_score"):
        theirs = getattr(reference, name)(found, target, average=None, **given)
        key = name.removesuffix("_score")
        assert [getattr(one, key) for one in ours.per_class] == pytest.approx(theirs.tolist())


def test_a_class_without_images_has_no_ranking() -> None:
    found = certainty.ranking(answers([[0.9, 0.1], [0.8, 0.2]], [0, 0]), 1)
    assert math.isnan(found.roc_auc) and len(found.recall) == 0


def test_which_image_turned() -> None:
    later = answers(
        [[0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.0, 0.2, 0.8]],
        [0, 0, 1, 2, 2],
    )
    found = mistakes.turned(BY_HAND, later)
    assert found.turned_right.tolist() == [1] and found.turned_wrong.tolist() == [2]
    assert found.both_right.tolist() == [0, 4] and found.both_wrong.tolist() == [3]
    with pytest.raises(ThawError, match="can't be compared"):
        mistakes.turned(BY_HAND, random_answers(classes=3))


def test_a_run_is_judged_as_it_is_evaluated(trained_run: Run) -> None:
    judged, found = judge(trained_run), evaluate(trained_run)
    assert len(judged) == found.samples and judged.right.mean() == found.accuracy
    assert np.allclose(judged.probabilities.sum(1), 1, atol=1e-5)
    assert (judged.probabilities.argmax(1) == judged.said).all()
    assert len(set(judged.places.tolist())) == len(judged)
    counted = sum(len(mistakes.in_cell(judged, a, b)) for a in range(10) for b in range(10))
    assert counted == len(judged)
