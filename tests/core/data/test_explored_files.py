"""What was explored in another process: the same as here, its problems too, and nobody is left."""

from dataclasses import replace

import numpy as np
import psutil
import pytest

from core import places
from core.data import explored_files
from core.data.batch import Explored, Leaf
from core.data.child import Children
from core.data.exploration import parse
from core.data.explore import explore
from core.messages import ThawError


def far(children: Children, raw: dict, seconds: float = 60) -> Explored:
    wanted = parse(raw).model_dump(mode="json")
    return children.run("explore", wanted, seconds=seconds, read=explored_files.read)


def assert_same(one: tuple[Leaf, ...], other: tuple[Leaf, ...]) -> None:
    for leaf, far in zip(one, other, strict=True):
        assert replace(leaf, value=None) == replace(far, value=None)
        assert np.array_equal(leaf.value[:explored_files.ROWS] if leaf.value.ndim else leaf.value,
                              far.value)


def test_the_answer_is_the_same_as_in_this_process(children):
    for raw in (
        {"data": "iris", "loader": {"batch_size": 4, "shuffle": True}, "epochs": 3},
        {"data": "iris", "loader": {"batch_size": 100}},
        {"data": "example", "loader": {"batch_size": 2, "collate": "pad_zero"}},
        {"data": "example", "loader": {"batch_size": 2, "collate": "list"}},
        {"data": "digits", "loader": {"batch_size": 8, "num_workers": 2}},
        {"data": "stream", "loader": {"batch_size": 8, "num_workers": 2}, "epochs": 2},
    ):
        ours, theirs = explore(parse(raw)), far(children, raw)
        assert replace(ours, batches=()) == replace(theirs, batches=())
        for one, other in zip(ours.batches, theirs.batches, strict=True):
            assert (one.indices, one.classes, one.worker) == (
                other.indices, other.classes, other.worker
            )
            assert_same(one.leaves, other.leaves)
            for sample, there in zip(one.samples, other.samples, strict=True):
                assert_same(sample, there)
    assert not any(places.cache_root().iterdir())


def test_problems_come_back_as_problems(children):
    seen = far(children, {"data": "example", "loader": {"batch_size": 2}})
    assert seen.problem.id == "batches.unequal"
    for raw, id in (
        ({"data": "folder", "path": "/nowhere/at all"}, "data."),
        ({"loader": {"shuffle": True, "sampler": "random"}}, "batches.refused_shuffle"),
        ({"loader": {"timeout": 5}}, "batches.refused_timeout"),
    ):
        with pytest.raises(ThawError) as caught:
            far(children, raw)
        assert caught.value.problem.id.startswith(id)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_batch_that_eats_memory_is_a_sentence_and_leaves_nobody(children, workers):
    server = psutil.Process(children._server.pid)
    large = parse({
        "data": "digits", "size": 512, "loader": {"batch_size": 800, "num_workers": workers},
    })
    try:
        seen = children.run(
            "explore", large.model_dump(mode="json"), seconds=60, read=explored_files.read,
            memory=200 * 2**20,
        )
        assert seen.problem.id == "batches.memory" and not seen.batches
    except ThawError as error:  # many processes together are weighed from outside
        assert error.problem.id == "child.memory"
    assert server.children(recursive=True) == []


def test_workers_end_with_a_loader_that_is_late(children):
    far(children, {"data": "iris"})
    server = psutil.Process(children._server.pid)
    endless = {
        "data": "slow", "batches": 200, "loader": {"batch_size": 600, "num_workers": 2},
    }
    with pytest.raises(ThawError) as caught:
        far(children, endless, seconds=0.7)
    assert caught.value.problem.id == "child.late"
    assert server.children(recursive=True) == []
