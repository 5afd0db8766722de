"""Processes that meet: here as threads, whose calls among them are those of a barrier."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.training import meeting
from core.training.meeting import FailedElsewhere, Meeting


class Threads:
    """`Ranks.totals` among threads."""

    def __init__(self, size: int) -> None:
        self._barrier, self._given, self.size = threading.Barrier(size, timeout=20), {}, size

    def totals(self, *values: float) -> list[float]:
        self._given[threading.get_ident()] = values
        self._barrier.wait()
        summed = [sum(column) for column in zip(*self._given.values(), strict=True)]
        self._barrier.wait()
        return summed


@pytest.fixture(autouse=True)
def after_each_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meeting, "STRETCH_SECONDS", -1.0)


def work(ranks: Threads, pieces: int, breaks_at: int | None = None) -> int | str:
    one, done = Meeting(ranks), 0
    try:
        for piece in one.during(range(pieces)):
            if piece == breaks_at:
                raise OSError
            done += 1
    except OSError:
        one.fail()
        return "broke"
    except FailedElsewhere:
        return "ended"
    return done


@pytest.mark.parametrize("shares", [(3,), (0, 0), (2, 2), (5, 1, 0), (0, 7)])
def test_all_go_on_when_the_longest_share_is_done(shares: tuple[int, ...]) -> None:
    ranks = Threads(len(shares))
    with ThreadPoolExecutor(len(shares)) as pool:
        assert tuple(pool.map(lambda pieces: work(ranks, pieces), shares)) == shares


@pytest.mark.parametrize(("breaks", "ends"), [
    ((None, 2, None), ["ended", "broke", "ended"]), ((0, None, 0), ["broke", "ended", "broke"]),
])
def test_what_ends_one_ends_all(breaks: tuple[int | None, ...], ends: list[str]) -> None:
    ranks = Threads(3)
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda at: work(ranks, 4, at), breaks)) == ends
