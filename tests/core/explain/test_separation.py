"""Neighbours and silhouette: cases by hand, and scikit-learn's own leave-one-out."""

import numpy as np
import pytest
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from core.explain.separation import Separation, nearest, separation, voted


def test_neighbours_by_hand() -> None:
    line = np.array([[0.0], [1.0], [3.0], [10.0]])
    assert nearest(line, 2).tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    assert nearest(line, 5).shape == (4, 3)  # there are three others


def test_of_two_that_are_equal_each_is_the_others_neighbour() -> None:
    assert nearest(np.array([[1.0], [1.0], [5.0]]), 1).tolist()[:2] == [[1], [0]]


def test_the_vote_takes_the_smallest_of_equals() -> None:
    assert voted(np.array([[2, 2, 0], [1, 0, 2], [2, 1, 1]])).tolist() == [2, 0, 1]


def test_by_hand_two_pairs_far_apart() -> None:
    """In each pair the other is 1 away and the other class 10 or 11, or 9 or 10."""
    values, targets = np.array([[0.0], [1.0], [10.0], [11.0]]), np.array([0, 0, 1, 1])
    found = separation(values, targets, nearest(values, 1))
    assert found.neighbours == 1
    outer, inner = (10.5 - 1) / 10.5, (9.5 - 1) / 9.5  # (b - a) / max(a, b) of each image
    assert found.silhouette == pytest.approx((outer + inner) / 2)


def test_by_hand_classes_that_take_turns() -> None:
    values, targets = np.array([[0.0], [1.0], [2.1], [3.3]]), np.array([0, 1, 0, 1])
    found = separation(values, targets, nearest(values, 1))
    assert found.neighbours == 0
    assert found.silhouette < 0


def test_it_is_the_accuracy_of_scikit_learns_classifier_with_one_left_out() -> None:
    random = np.random.default_rng(3)
    targets = random.integers(0, 4, 60)
    values = random.normal(size=(60, 5)) + targets[:, None] * 0.6
    scores = cross_val_score(KNeighborsClassifier(5), values, targets, cv=LeaveOneOut())
    assert 0.3 < scores.mean() < 0.9
    assert separation(values, targets, nearest(values)).neighbours == pytest.approx(scores.mean())


def test_what_has_no_answer_has_none() -> None:
    values = np.arange(6.0)[:, None]
    assert separation(values, np.zeros(6, int), nearest(values)) == Separation(None, None)
    alone = separation(values, np.arange(6), nearest(values))  # no class has two images
    assert alone == Separation(0.0, None)
