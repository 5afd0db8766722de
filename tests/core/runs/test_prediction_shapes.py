"""The shapes that a prediction can begin as."""

import pytest

from core.runs.prediction_shapes import SHAPES, Wanted, accuracies, epochs_to_draw

WANTED = Wanted(final=0.9, reached=5, epochs=10, chance=0.1)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_ends_where_it_should_and_stays_within_bounds(shape: str) -> None:
    found = accuracies(shape, range(11), WANTED)
    assert found[0] == pytest.approx(0.1)
    assert found[-1] == pytest.approx(0.1 if shape == "chance" else 0.9)
    assert all(0 <= one <= 1 for one in found)


def test_fast_is_above_steady_until_both_are_there() -> None:
    fast, steady = (accuracies(one, range(1, 11), WANTED) for one in ("fast", "steady"))
    assert all(a > b for a, b in zip(fast[:4], steady[:4], strict=True))
    assert fast[4:] == pytest.approx([0.9] * 6) and steady[4:] == pytest.approx([0.9] * 6)
    assert steady[:5] == pytest.approx([0.26, 0.42, 0.58, 0.74, 0.9])


def test_overfitting_is_best_at_its_epoch_and_falls() -> None:
    found = accuracies("overfits", range(1, 11), WANTED)
    assert max(found) == found[4] == pytest.approx(1.0)  # 0.9 and what it falls by, at most 1
    assert all(b < a for a, b in zip(found[4:], found[5:], strict=False))
    never = accuracies("overfits", [10], Wanted(0.9, 10, 10, 0.1))
    assert never == pytest.approx([0.9])


def test_a_run_of_one_epoch_has_every_shape() -> None:
    for shape in SHAPES:
        found = accuracies(shape, [1], Wanted(0.7, 1, 1, 0.1))
        assert found == pytest.approx([0.1 if shape == "chance" else 0.7])


def test_few_epochs_are_all_drawn_of_many_nine() -> None:
    assert epochs_to_draw(1) == [1] and epochs_to_draw(9) == list(range(1, 10))
    for epochs in (10, 11, 50, 10_000):
        found = epochs_to_draw(epochs)
        assert len(set(found)) == 9 and found[0] == 1 and found[-1] == epochs
        assert found == sorted(found)
