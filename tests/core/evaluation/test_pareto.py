"""The Pareto front: cases worked out by hand, and against its definition."""

import random

from core.evaluation.pareto import front


def test_by_hand() -> None:
    assert front([], []) == []
    assert front([3], [0.5]) == [True]
    assert front([1, 2, 3], [0.7, 0.9, 0.8]) == [True, True, False]
    assert front([1, 1], [0.7, 0.9]) == [False, True]  # of the same cost the better one
    assert front([1, 2], [0.9, 0.9]) == [True, False]  # of the same gain the cheaper one
    assert front([2, 2, 1], [0.9, 0.9, 0.1]) == [True, True, True]  # two that are the same
    assert front([5, 4, 3, 2], [0.1, 0.2, 0.3, 0.4]) == [False, False, False, True]


def test_it_is_what_no_other_beats() -> None:
    draw = random.Random(0)
    for _ in range(200):
        pairs = [(draw.randrange(6), draw.randrange(6)) for _ in range(draw.randrange(1, 12))]
        beaten = [
            any(c <= cost and g >= gain and (c, g) != (cost, gain) for c, g in pairs)
            for cost, gain in pairs
        ]
        assert front(*zip(*pairs, strict=True)) == [not one for one in beaten]
