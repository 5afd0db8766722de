"""Batches that another process looked at, and what happens when it does not answer."""

import time
from collections.abc import Iterator

import numpy as np
import psutil
import pytest

from core import places
from core.data.exploration import parse
from core.data.explore import explore
from core.data.explore_process import Explorer
from core.messages import ThawError


@pytest.fixture(scope="module")
def explorer() -> Iterator[Explorer]:
    found = Explorer()
    yield found
    found.close()


def test_the_answer_is_the_same_as_in_this_process(explorer):
    for raw in (
        {"data": "iris", "loader": {"batch_size": 4, "shuffle": True}},
        {"data": "example", "loader": {"batch_size": 2, "collate": "pad_zero"}},
        {"data": "example", "loader": {"batch_size": 2, "collate": "list"}},
        {"data": "digits", "loader": {"batch_size": 8, "num_workers": 2}},
    ):
        ours, theirs = explore(parse(raw)), explorer.explore(parse(raw))
        assert (ours.samples, ours.total, ours.class_names) == (
            theirs.samples, theirs.total, theirs.class_names
        )
        for one, other in zip(ours.batches, theirs.batches, strict=True):
            assert (one.indices, one.classes, one.worker) == (
                other.indices, other.classes, other.worker
            )
            for leaf, far in zip(one.leaves, other.leaves, strict=True):
                assert (leaf.name, leaf.dtype, leaf.shape, leaf.padding, leaf.lengths) == (
                    far.name, far.dtype, far.shape, far.padding, far.lengths
                )
                assert np.array_equal(leaf.value, far.value)
    assert not any(places.cache_root().iterdir())


def test_problems_come_back_as_problems(explorer):
    seen = explorer.explore(parse({"data": "example", "loader": {"batch_size": 2}}))
    assert seen.problem.id == "batches.unequal"
    with pytest.raises(ThawError) as caught:
        explorer.explore(parse({"data": "folder", "path": "/nowhere/at all"}))
    assert caught.value.problem.id.startswith("data.")


def test_too_long_is_ended_with_all_its_workers(explorer):
    explorer.explore(parse({"data": "iris"}))
    server = psutil.Process(explorer._server.pid)
    endless = parse({
        "data": "digits", "size": 512, "batches": 200,
        "loader": {"batch_size": 600, "num_workers": 2},
    })
    with pytest.raises(ThawError) as caught:
        explorer.explore(endless, seconds=0.7)
    assert caught.value.problem.id == "batches.took_too_long"
    deadline = time.monotonic() + 5
    while server.children(recursive=True) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.children(recursive=True) == []
    assert explorer.explore(parse({"data": "iris"})).samples == 150


def test_a_killed_process_is_started_again(explorer):
    explorer.explore(parse({"data": "iris"}))
    psutil.Process(explorer._server.pid).kill()
    assert explorer.explore(parse({"data": "iris"})).samples == 150
