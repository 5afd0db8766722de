"""Scores of predictions, against cases worked out by hand and a fine sum."""

import numpy as np
import pytest

from core.evaluation.curves import EpochPoint
from core.evaluation.prediction_score import mean_distance, ranked, score
from core.runs.prediction import Prediction


def said(*points: tuple[float, float], name: str = "Ada", kind: str = "curve") -> Prediction:
    return Prediction(name=name, kind=kind, points=points)


def run_of(*accuracies: float | None) -> list[EpochPoint]:
    """Epochs 1, 2, … with these validation accuracies; epoch 0 guesses."""
    return [EpochPoint(0, 0, 0.0, val_accuracy=0.1)] + [
        EpochPoint(epoch, 10 * epoch, 1.0 * epoch, val_accuracy=accuracy)
        for epoch, accuracy in enumerate(accuracies, 1)
    ]


def test_a_constant_distance() -> None:
    found = score(said((1, 0.7), (3, 0.7)), run_of(0.5, 0.5, 0.5))
    assert (found.last_epoch, found.predicted, found.real) == (3, 70, 50)
    assert found.final_error == pytest.approx(20) and found.area == pytest.approx(20)


def test_two_curves_that_cross_leave_two_triangles() -> None:
    # From 0.4 above to 0.4 below within two epochs: two triangles, 0.2 on average.
    found = score(said((1, 0.9), (3, 0.1)), run_of(0.5, 0.5, 0.5))
    assert found.area == pytest.approx(20)
    # They cross a quarter of the way: (0.2² + 0.6²) / (2 · 0.8) = 0.25.
    found = score(said((1, 0.7), (2, -0.0)), [*run_of(0.5, 0.6)])
    assert found.area == pytest.approx(100 * (0.2**2 + 0.6**2) / (2 * 0.8))
    assert found.final_error == pytest.approx(-60)


def test_a_point_between_two_epochs_counts() -> None:
    # A tent of height 0.4 over a flat real curve: 0.2 on average.
    found = score(said((1, 0.5), (1.5, 0.9), (2, 0.5)), run_of(0.5, 0.5))
    assert found.area == pytest.approx(20) and found.final_error == pytest.approx(0)


def test_what_was_hit_is_zero() -> None:
    found = score(said((1, 0.3), (2, 0.6), (3, 0.8)), run_of(0.3, 0.6, 0.8))
    assert found.area == pytest.approx(0) and found.final_error == pytest.approx(0)


def test_a_run_that_ends_early_is_scored_up_to_its_last_epoch() -> None:
    found = score(said((1, 0.2), (10, 0.92)), run_of(0.2, 0.28))
    assert found.last_epoch == 2
    assert found.final_error == pytest.approx(0) and found.area == pytest.approx(0)


def test_a_single_epoch_has_the_distance_there() -> None:
    found = score(said((1, 0.2), (10, 0.9)), run_of(0.5))
    assert found.area == pytest.approx(30) and found.final_error == pytest.approx(-30)


def test_an_epoch_that_is_not_validated_does_not_count_and_epoch_0_neither() -> None:
    assert score(said((1, 0.2)), run_of()) is None
    assert score(said((1, 0.2)), run_of(None)) is None
    assert score(said((1, 0.2), (2, 0.4)), run_of(0.2, None)).last_epoch == 1
    assert score(said((1, 0.7)), []) is None


def test_the_final_accuracy_alone_means_the_last_epoch_whichever_it_is() -> None:
    found = score(said((10, 0.9), kind="final"), run_of(0.2, 0.8))
    assert found.final_error == pytest.approx(10) and found.area is None


def test_against_a_fine_sum_over_random_curves() -> None:
    draw = np.random.default_rng(3)
    for _ in range(20):
        epochs = int(draw.integers(2, 12))
        real = [(float(epoch), float(draw.random())) for epoch in range(1, epochs + 1)]
        at = np.sort(draw.choice(np.arange(0, epochs + 3, 0.5), 5, replace=False))
        one = said(*((float(epoch), float(draw.random())) for epoch in at))
        fine = np.linspace(1, epochs, 200_001)
        apart = np.interp(fine, *zip(*one.points, strict=True)) - np.interp(
            fine, *zip(*real, strict=True)
        )
        assert mean_distance(one, real) == pytest.approx(np.abs(apart).mean(), abs=1e-5)


def test_the_ranking_by_the_curve_and_by_the_end() -> None:
    points = run_of(0.5, 0.5)
    late = said((1, 0.1), (2, 0.5), name="Ends well")
    near = said((1, 0.5), (2, 0.6), name="Near all the way")
    alone = said((2, 0.51), name="End alone", kind="final")
    by_curve = ranked([late, near, alone], points, by_curve=True)
    assert [one.name for one in by_curve] == ["Near all the way", "Ends well", "End alone"]
    by_end = ranked([late, near, alone], points, by_curve=False)
    assert [one.name for one in by_end] == ["Ends well", "End alone", "Near all the way"]
    assert ranked([late], run_of(), by_curve=True) == []
