"""Passes side by side: the same bits in the same order, and one by one where that can't be."""

import threading
import time

import pytest
import torch
from torch import Tensor

from core.models.build import build_model
from core.training import quick_passes


@pytest.fixture(autouse=True)
def _two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


class _Passes:
    """Doubles pictures, and remembers of each pass its rows and whether a lane made it."""

    def __init__(self, seconds: float = 0.01) -> None:
        self.seen: list[tuple[int, bool]] = []
        self._seconds = seconds

    def __call__(self, images: Tensor) -> tuple[Tensor, ...]:
        lane = threading.current_thread() is not threading.main_thread()
        self.seen.append((len(images), lane))
        time.sleep(self._seconds)
        return self.result(images, lane)

    def result(self, images: Tensor, lane: bool) -> tuple[Tensor, ...]:
        return images * 2, images.sum((1, 2, 3))


def _batches(count: int, rows: int = 4, size: int = 8, last: int = 0) -> list[Tensor]:
    pictures = torch.randn(count, rows, 3, size, size, generator=torch.Generator().manual_seed(0))
    return [*pictures, *([pictures[0, :last]] if last else [])]


def _whole(results) -> list[Tensor]:
    return [torch.cat(some) for some in zip(*results, strict=True)]


def _require_right(compute: _Passes, batches: list[Tensor]) -> None:
    given = _whole(quick_passes.computed(compute, iter(batches), len(batches)))
    wanted = _whole(type(compute)(0).result(batch, False) for batch in batches)
    assert all(map(torch.equal, given, wanted))


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small"])
def test_a_model_gives_the_bits_of_one_by_one(name: str) -> None:
    model = build_model(name, "none", num_classes=3).model.eval()
    batches, threads = _batches(24, 4, 32, last=3), set()

    @torch.no_grad()
    def compute(images: Tensor) -> tuple[Tensor, ...]:
        threads.add(threading.current_thread())
        return (model(images),)

    one_by_one = torch.cat([compute(batch)[0] for batch in batches])
    [side_by_side] = _whole(quick_passes.computed(compute, batches, len(batches)))
    assert torch.equal(one_by_one, side_by_side)
    assert len(threads) == 3
    assert torch.get_num_threads() == 2


def test_each_thread_has_a_few_batches_joined() -> None:
    passes, batches = _Passes(), _batches(45, last=1)
    _require_right(passes, batches)
    assert passes.seen[:4] == [(4, False)] * 4
    lanes = [rows for rows, lane in passes.seen if lane]
    assert lanes == [16] * len(lanes)
    # One group again for the bits, and what fills no group comes after all, one by one.
    assert 16 * (len(lanes) - 1) // 4 == (45 - 4) // 4 * 4
    assert passes.seen[-2:] == [(4, False), (1, False)]


def test_where_joining_gives_other_bits_none_is_joined() -> None:
    class OfRows(_Passes):
        def result(self, images: Tensor, lane: bool) -> tuple[Tensor, ...]:
            return (images + 1e-6 * (len(images) > 4),)

    passes = OfRows()
    _require_right(passes, _batches(45))
    in_lanes = [rows for rows, lane in passes.seen if lane]
    assert in_lanes[:3] == [16, 16, 4] and set(in_lanes[2:]) == {4}


def test_where_a_lane_gives_other_bits_all_are_computed_as_ever() -> None:
    class OfThreads(_Passes):
        def result(self, images: Tensor, lane: bool) -> tuple[Tensor, ...]:
            return (images + 1e-6 * lane,)

    passes = OfThreads(0)
    _require_right(passes, _batches(45, last=2))
    assert passes.seen[-1] == (2, False)
    assert sum(rows for rows, lane in passes.seen if not lane) == 45 * 4 + 2


def test_where_it_is_slower_the_rest_is_computed_as_ever() -> None:
    class Slow(_Passes):
        def result(self, images: Tensor, lane: bool) -> tuple[Tensor, ...]:
            time.sleep(0.4 * lane)
            return super().result(images, lane)

    passes = Slow(0.001)
    _require_right(passes, _batches(45))
    assert [lane for _, lane in passes.seen].count(True) == 4  # two rounds of two lanes


@pytest.mark.parametrize(("batches", "threads"), [
    (_batches(9), 2), (_batches(40, 2, 512), 2), (_batches(4), 1), ([], 2),
])
def test_few_batches_and_large_pictures_stay_in_one_thread(
    batches: list[Tensor], threads: int
) -> None:
    torch.set_num_threads(threads)
    passes = _Passes(0)
    given = list(quick_passes.computed(passes, batches, len(batches)))
    assert len(given) == len(batches)
    assert passes.seen == [(len(batch), False) for batch in batches]


def test_one_thread_alone_joins() -> None:
    torch.set_num_threads(1)
    passes = _Passes()
    _require_right(passes, _batches(20))
    assert (16, True) in passes.seen


def test_numbers_that_are_none_are_compared_too() -> None:
    class NotANumber(_Passes):
        def result(self, images: Tensor, lane: bool) -> tuple[Tensor, ...]:
            return (torch.full((len(images), 2), torch.nan),)

    passes = NotANumber()
    assert len(_whole(quick_passes.computed(passes, _batches(40), 40))[0]) == 160
    assert (16, True) in passes.seen


def test_an_error_in_a_lane_comes_out_and_no_thread_stays() -> None:
    class Fails(_Passes):
        def result(self, images: Tensor, lane: bool) -> tuple[Tensor, ...]:
            if len(self.seen) > 12:
                raise ValueError("no")
            return super().result(images, lane)

    before = threading.active_count()
    with pytest.raises(ValueError, match="no"):
        list(quick_passes.computed(Fails(), _batches(45), 45))
    assert threading.active_count() == before
    assert torch.get_num_threads() == 2


def test_where_no_thread_can_be_had_all_are_computed_as_ever(monkeypatch) -> None:
    real, begun = threading.Thread.start, []

    def start(thread: threading.Thread) -> None:
        if begun:
            raise RuntimeError("can't start new thread")
        begun.append(thread)
        real(thread)

    before = threading.active_count()
    monkeypatch.setattr(threading.Thread, "start", start)
    passes = _Passes(0)
    _require_right(passes, _batches(45))
    assert passes.seen == [(4, False)] * 45
    assert len(begun) == 1 and threading.active_count() == before
    assert torch.get_num_threads() == 2


def test_who_stops_reading_leaves_no_thread() -> None:
    before = threading.active_count()
    results = quick_passes.computed(_Passes(), _batches(80), 80)
    for _ in range(12):
        next(results)
    assert threading.active_count() == before + 2
    results.close()
    assert threading.active_count() == before
