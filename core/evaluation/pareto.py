"""Which of several runs nobody beats in both: less cost and more accuracy."""

from collections.abc import Sequence


def front(costs: Sequence[float], gains: Sequence[float]) -> list[bool]:
    """Whether each is on the Pareto front: no other costs no more, gains no less, and is better.

    Two that are the same in both are on it together, or not.

    Args:
        costs: Less is better.
        gains: More is better; as many.
    """
    pairs = list(zip(costs, gains, strict=True))
    on = dict.fromkeys(pairs, False)
    most = float("-inf")
    for cost, gain in sorted(on, key=lambda pair: (pair[0], -pair[1])):
        on[cost, gain] = gain > most
        most = max(most, gain)
    return [on[pair] for pair in pairs]
