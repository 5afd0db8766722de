"""A traced loader yields what it would yield anyway, and its parts are all of the time."""

import math
import time
from collections import defaultdict
from itertools import pairwise

import pytest
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from core.data.race_figures import figures_of
from core.data.race_lap import Epoch, Step, run_lap
from core.data.race_moments import Moments
from core.data.race_parts import MAIN, spans_of
from core.data.race_spec import Span
from core.data.race_trace import traced


def seconds_by_part(spans: list[Span]) -> dict[int, dict[str, float]]:
    """Of each lane, the seconds of each part; together they are its wall time."""
    found: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in spans:
        if not one.beside:
            found[one.lane][one.part] += one.end - one.begin
    return {lane: dict(parts) for lane, parts in found.items()}


class Squares(Dataset):
    """Item i is i squared; by choice each takes a while, which it notes itself."""

    def __init__(self, length: int = 23, seconds: float = 0.0) -> None:
        self.length, self.seconds, self.taken = length, seconds, []

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        begun = time.perf_counter()
        time.sleep(self.seconds)
        self.taken.append(time.perf_counter() - begun)
        return torch.tensor([index**2, index**3]), index


class AtOnce(Squares):
    """Makes the samples of a batch together."""

    def __getitems__(self, indices: list[int]) -> list[tuple[torch.Tensor, int]]:
        return [self[index] for index in indices]


class Numbers(IterableDataset):
    """0 to 10 in every worker; asks for the data set that the worker knows."""

    def __iter__(self):
        info = get_worker_info()
        assert info is None or info.dataset is self
        return iter(range(11))


def plain(value):
    return value.tolist() if isinstance(value, torch.Tensor) else value


@pytest.mark.parametrize("arguments", [
    {"batch_size": 4, "shuffle": True},
    {"batch_size": 4, "shuffle": True, "drop_last": True, "num_workers": 2},
    {"batch_size": None, "shuffle": True},
    {"batch_size": None, "num_workers": 1},
    {"batch_size": 5, "num_workers": 1, "persistent_workers": True, "prefetch_factor": 1},
    {"batch_size": 4, "collate_fn": list},
    {"batch_sampler": [[1, 2], [3], [0, 0, 5]]},
    {"batch_size": 4, "shuffle": True, "dataset": AtOnce()},
    {"batch_size": 4, "dataset": Numbers()},
    {"batch_size": 4, "dataset": Numbers(), "num_workers": 2, "drop_last": True},
    {"batch_size": None, "dataset": Numbers(), "num_workers": 1},
])
def test_batches_are_those_of_the_loader_that_nobody_watches(arguments):
    given = {"dataset": Squares(), **arguments}
    for _ in range(2):
        loaders = [
            DataLoader(**given, generator=torch.Generator().manual_seed(3)) for _ in range(2)
        ]
        expected = [plain(one) for batch in loaders[0] for one in (
            batch if isinstance(batch, (list, tuple)) else [batch])]
        got = [plain(one) for found in traced(loaders[1]) for one in (
            found.batch if isinstance(found.batch, (list, tuple)) else [found.batch])]
        assert str(got) == str(expected) and got


@pytest.mark.parametrize("workers", [0, 2])
def test_moments_follow_each_other_across_processes(workers):
    loader = DataLoader(Squares(), batch_size=4, num_workers=workers)
    epochs = run_lap(loader, lambda: None, 0.05)
    assert len(epochs) >= 2
    for epoch in epochs:
        for step in epoch.steps:
            one = step.batch
            asked, handed = epoch.draws[one.number]
            chain = [epoch.begun, asked, handed, *one.made, one.collating, one.collated]
            if workers:
                assert one.worker in (0, 1) and epoch.begun < one.up <= one.ready < one.made[0]
                chain += [one.sending, one.sent, one.receiving, one.received]
            chain += [step.received, step.stepped]
            assert chain == sorted(chain)
            assert len(one.made) == one.samples + 1 == (4 if one.number == 5 else 5)


def assert_whole(epoch: Epoch) -> dict[int, dict[str, float]]:
    """Each lane is one line without gap or overlap; its parts are its wall time."""
    spans = spans_of(epoch)
    parts = seconds_by_part(spans)
    for lane, seconds in parts.items():
        line = [span for span in spans if span.lane == lane and not span.beside]
        assert line[0].begin == 0.0
        for one, other in pairwise(line):
            assert one.begin < one.end == other.begin
        assert math.isclose(sum(seconds.values()), line[-1].end, rel_tol=1e-9)
    end = max(span.end for span in spans if span.lane == MAIN)
    assert math.isclose(end, epoch.ended - epoch.begun, rel_tol=1e-9)
    return parts


def test_parts_are_all_of_the_time_and_each_is_what_it_says():
    data = Squares(24, seconds=0.004)
    slept = []

    def step() -> None:
        begun = time.perf_counter()
        time.sleep(0.006)
        slept.append(time.perf_counter() - begun)

    first = run_lap(DataLoader(data, batch_size=4), step, 0.1)[0]
    own = assert_whole(first)[MAIN]
    wall = first.ended - first.begun
    # The data set and the step noted themselves how long they took, within what is traced.
    made = sum(data.taken[: sum(step.batch.samples for step in first.steps)])
    assert own["fetch"] >= made > 0 and own["step"] >= sum(slept[: len(first.steps)]) > 0
    assert sum(own.values()) == pytest.approx(wall, rel=0.05)
    # The rest is no hiding place: all that is neither sleeping nor between two clocks.
    assert own["fetch"] + own["step"] > own["rest"]


@pytest.mark.parametrize("arguments", [
    {"num_workers": 2}, {"num_workers": 2, "in_order": False}, {"num_workers": 1},
    {"num_workers": 2, "persistent_workers": True, "prefetch_factor": 3},
], ids=str)
def test_parts_of_workers_are_all_of_their_time(arguments):
    loader = DataLoader(Squares(64, seconds=0.001), batch_size=4, **arguments)
    for epoch in run_lap(loader, lambda: time.sleep(0.001), 0.3):
        parts = assert_whole(epoch)
        workers = {step.batch.worker for step in epoch.steps}
        assert set(parts) == {MAIN, *workers}
        for worker in workers:
            fetched = sum(
                step.batch.made[-1] - step.batch.made[0] for step in epoch.steps
                if step.batch.worker == worker
            )
            assert parts[worker]["fetch"] == pytest.approx(fetched)


# --- by hand ------------------------------------------------------------------------------


def by_hand() -> Epoch:
    """One worker; it sends the first batch while it makes the second."""
    zero = Moments(0, 2, [3.0, 4.0, 5.0], 5.0, 6.0, 0, 2.0, 2.5, 6.5, 8.0, 9.0, 9.5)
    one = Moments(1, 2, [7.0, 8.0, 9.0], 9.5, 10.0, 0, 2.0, 2.5, 10.5, 11.0, 12.0, 13.0)
    return Epoch(
        0.0, 2.0, [Step(2.0, 10.0, 11.0, zero), Step(11.0, 14.0, 16.0, one)],
        [(0.5, 1.0), (13.2, 13.5)], 16.0,
    )


def test_spans_by_hand():
    assert spans_of(by_hand()) == [
        Span(MAIN, "start", 0.0, 0.5), Span(MAIN, "draw", 0.5, 1.0), Span(MAIN, "start", 1.0, 2.0),
        Span(MAIN, "wait", 2.0, 8.0, 0), Span(MAIN, "receive", 8.0, 9.5, 0),
        Span(MAIN, "rest", 9.5, 10.0, 0), Span(MAIN, "step", 10.0, 11.0, 0),
        # The second was sent already when it was asked for.
        Span(MAIN, "receive", 11.0, 13.0, 1), Span(MAIN, "rest", 13.0, 13.2),
        Span(MAIN, "draw", 13.2, 13.5), Span(MAIN, "rest", 13.5, 14.0, 1),
        Span(MAIN, "step", 14.0, 16.0, 1),
        Span(0, "start", 0.0, 2.5), Span(0, "wait", 2.5, 3.0, 0), Span(0, "fetch", 3.0, 5.0, 0),
        Span(0, "collate", 5.0, 6.0, 0), Span(0, "wait", 6.0, 6.5, 1), Span(0, "send", 6.5, 7.0, 0),
        Span(0, "send", 7.0, 8.0, 0, beside=True), Span(0, "fetch", 7.0, 9.0, 1),
        Span(0, "rest", 9.0, 9.5, 1), Span(0, "collate", 9.5, 10.0, 1),
        Span(0, "wait", 10.0, 10.5), Span(0, "send", 10.5, 11.0, 1),
    ]


def test_figures_by_hand():
    first = by_hand()
    lap = figures_of([first, by_hand()], made_ahead=1)
    # Two batches are too few to leave some out; both count but the first one's start.
    assert lap.rate == pytest.approx(2 / 5)
    assert (lap.start, lap.again, lap.late, lap.batches) == (10.0, 10.0, 0, 2)
    assert lap.share == pytest.approx(3 / 5)
    assert (lap.sample, lap.collate, lap.making) == (1.0, 0.5, 3.0)
    # 1.5 to pickle and 1.5 to receive; 0.5 and 2.
    assert lap.transfer == pytest.approx((3.0 + 2.5) / 2)
