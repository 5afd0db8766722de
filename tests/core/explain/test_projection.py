"""PCA and t-SNE on points whose picture is known."""

import numpy as np
import pytest

from core.explain import projection
from core.explain.projection import principal_axes, tsne, turned_to, with_signs_of
from core.messages import ThawError


def test_the_axes_are_the_directions_of_most_variance() -> None:
    """Points on a cross in 5 dimensions: 3 along one direction, 1 along another."""
    one, two = np.eye(5)[1], np.eye(5)[3]
    values = np.stack([3 * one, -3 * one, two, -two]) + 7
    found = principal_axes(values)
    assert np.abs(found.values[:, :2]) == pytest.approx(
        np.array([[3, 0], [3, 0], [0, 1], [0, 1]]), abs=1e-6
    )
    assert found.explained[:2] == pytest.approx([0.9, 0.1])


def test_a_single_dimension_has_an_empty_second_axis() -> None:
    found = principal_axes(np.arange(9.0)[:, None])
    assert found.values.shape == (9, 2)
    assert not found.values[:, 1].any()
    assert found.explained.tolist() == pytest.approx([1, 0])


def test_no_more_axes_than_are_useful() -> None:
    values = np.random.default_rng(0).normal(size=(80, 300)).astype(np.float32)
    assert principal_axes(values).values.shape == (80, projection.AXES)
    assert principal_axes(values[:20]).values.shape == (20, 20)


def test_rows_that_are_all_the_same_are_refused() -> None:
    with pytest.raises(ThawError, match="the same features of all 9 images"):
        principal_axes(np.full((9, 4), 3.3))


def test_the_same_axes_as_by_a_singular_value_decomposition_in_many_dimensions() -> None:
    """Wide rows go through a randomised solver."""
    random = np.random.default_rng(1)
    values = random.normal(size=(600, 3)) * [9, 5, 2] @ random.normal(size=(3, 900))
    centred = values - values.mean(0)
    exact = np.linalg.svd(centred, full_matrices=False)
    scores = exact.U * exact.S
    found = principal_axes(values.astype(np.float32)).values[:, :3]
    assert np.abs(found) == pytest.approx(np.abs(scores[:, :3]), rel=1e-3, abs=1e-2)


def test_tsne_keeps_two_far_groups_apart_and_is_the_same_each_time() -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(40, 10)) + np.repeat([[0.0], [30.0]], 20, axis=0)
    found = tsne(principal_axes(values), 5)
    assert found.shape == (40, 2)
    inner = np.linalg.norm(found[:20] - found[:20].mean(0), axis=1).max()
    between = np.linalg.norm(found[:20].mean(0) - found[20:].mean(0))
    assert between > 2 * inner
    assert np.array_equal(found, tsne(principal_axes(values), 5))


def test_tsne_tells_how_far_it_is_and_can_be_ended() -> None:
    axes = principal_axes(np.random.default_rng(0).normal(size=(40, 10)))
    told: list[tuple[int, int]] = []

    def tell(done: int, of: int) -> None:
        told.append((done, of))
        if done == 100:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        tsne(axes, 5, tell)
    assert told == [(50, 1000), (100, 1000)]


def test_every_perplexity_that_is_offered_works() -> None:
    axes = principal_axes(np.random.default_rng(0).normal(size=(8, 4)))
    assert projection.perplexities(8) == [2]
    assert np.isfinite(tsne(axes, 2)).all()
    assert projection.perplexities(100)[-1] == 30
    assert projection.perplexities(6) == []


def test_an_axis_that_flipped_is_turned_round_and_no_other() -> None:
    before = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 1.0]])
    after = before * [-1.1, 0.9] + [5, 0]
    found = with_signs_of(after, before)
    assert found == pytest.approx(before * [1.1, 0.9] + [-5, 0])


def test_a_turned_picture_is_turned_back_and_keeps_its_distances() -> None:
    before = np.random.default_rng(2).normal(size=(30, 2))
    angle = 2.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    mirrored = before * [1, -1] @ turn * 3 + 4
    found = turned_to(mirrored, before)
    assert found == pytest.approx((before - before.mean(0)) * 3)
