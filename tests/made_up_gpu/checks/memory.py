"""Copies between the memories: each is there when it is read, though it comes as late as can be."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from core.training import devices, feature_key
from core.training.prefetch import placed
from core.training.snapshot import SnapshotBuffer
from tests.made_up_gpu.journal import kept, side_streams_ahead

GPU = torch.device("cuda")
BATCHES = 40


def batches():
    for number in range(BATCHES):
        yield torch.full((1000,), number), torch.full((10,), -number)


def sent(batch):
    return tuple(devices.sent(tensor, GPU) for tensor in batch)


def read_late() -> list[tuple[int, int]]:
    """Of each batch a number of its pictures and of its targets, read when all is over.

    Each is copied by the stream that computes, and let go of at once, as a step does. The memory is
    fresh: in that of another test the same numbers might lie already.
    """
    torch.cuda.empty_cache()
    read = []
    for images, targets in placed(batches(), sent, GPU):
        pair = [torch.empty(size, dtype=torch.int64).pin_memory() for size in (1000, 10)]
        pair[0].copy_(images, non_blocking=True)
        pair[1].copy_(targets, non_blocking=True)
        read.append(pair)
        del images, targets
    torch.cuda.synchronize()
    return [(int(images[-1]), int(targets[-1])) for images, targets in read]


RIGHT = [(number, -number) for number in range(BATCHES)]


def test_a_batch_ahead_is_there_when_the_step_reads_it():
    with kept() as asked:
        assert read_late() == RIGHT
    assert asked.index("copy gpu to pinned") > 2  # the second batch was on its way by then
    assert not [line for line in asked if "pageable" in line]
    with side_streams_ahead():
        assert read_late() == RIGHT


def test_without_the_event_it_would_not_be(monkeypatch):
    monkeypatch.setattr(torch.cuda.Stream, "wait_event", lambda stream, event: None)
    assert read_late() != RIGHT


def test_without_a_note_of_the_stream_the_next_batch_would_come_too_early(monkeypatch):
    monkeypatch.setattr(torch.Tensor, "record_stream", lambda tensor, stream: None)
    with side_streams_ahead():
        assert read_late() != RIGHT


def test_a_batch_that_is_looked_up_on_the_gpu_is_there_when_it_is_prepared():
    """As pictures that are kept there: the source works on the GPU too, before the batch does."""
    stored = [tuple(tensor.pin_memory() for tensor in batch) for batch in batches()]
    read = []

    def looked_up():
        for batch in stored:
            yield tuple(tensor.to(GPU, non_blocking=True) for tensor in batch)

    def prepared(batch):
        return tuple(tensor.clone() for tensor in batch)

    with side_streams_ahead():
        for images, targets in placed(looked_up(), prepared, GPU):
            read.append((images, targets))
    torch.cuda.synchronize()
    assert [(int(images[-1]), int(targets[-1])) for images, targets in read] == RIGHT


def test_more_epochs_take_no_more_memory():
    """Their batches are made in one stream: what a stream gives back no other one takes."""
    taken = []
    for _ in range(6):
        for images, targets in placed([(torch.zeros(2**20),) * 2] * 3, sent, GPU):
            del images, targets
        torch.cuda.synchronize()
        taken.append(torch.cuda.memory_reserved())
    assert taken[0] > 0 and set(taken[1:]) == {taken[1]}


def numbered(number: int) -> dict:
    image = torch.full((2, 3, 4, 5), float(number)).to(memory_format=torch.channels_last)
    return {"weight": image.to(GPU), "steps": [torch.tensor(number).to(GPU), torch.tensor(number)]}


def test_a_snapshot_is_pinned_whole_after_its_wait_and_not_before():
    buffer = SnapshotBuffer()
    torch.cuda.synchronize()
    for number in (1, 2, 3):
        given = numbered(number)
        torch.cuda.synchronize()
        with kept() as asked:
            taken = buffer.take(given)
        assert asked == ["copy gpu to pinned"] * 2  # and nobody has waited
        # What the loop does next comes after the copy.
        given["weight"].copy_(torch.zeros(2, 3, 4, 5).pin_memory(), non_blocking=True)
        assert taken["weight"].is_pinned() and taken["steps"][0] != number
        buffer.wait()
        assert (taken["weight"] == number).all() and taken["steps"] == [number, number]
        assert taken["weight"].stride() == given["weight"].stride()


@pytest.mark.parametrize("pinned", [False, True])
def test_what_is_sent_waits_for_nothing(pinned: bool):
    tensor = torch.arange(100_000)
    tensor = tensor.pin_memory() if pinned else tensor
    with kept() as asked:
        there = devices.sent(tensor, GPU)
    del tensor
    assert asked == ["copy pinned to gpu"]
    assert torch.equal(there.cpu(), torch.arange(100_000))


def test_the_key_of_features_waits_once_for_many_weights(monkeypatch: pytest.MonkeyPatch):
    # Of a GPU the other order of values too, which is put right where it arrives.
    first = torch.randn(8, 4, 3, 3).contiguous(memory_format=torch.channels_last)
    weights = [first, *(torch.randn(30, number) for number in range(1, 9)), torch.randn(100, 100)]
    setting = feature_key.Setting(
        dtype=torch.float32, precision="float32", memory_format=torch.channels_last,
        pictures="digits", rows=8, draws=0, seed=0,
    )

    def key_on(device: str) -> str:
        model = nn.Module()
        for number, weight in enumerate(weights):
            model.register_buffer(f"weight{number}", weight.to(device))
        cut = SimpleNamespace(code="", places=(), cold_names=sorted(model.state_dict()))
        torch.cuda.synchronize()
        return feature_key.key_of(
            setting, cut, model, part="val", draw=0, rows=8, size=8, device="a device"
        )

    expected = key_on("cpu")
    with kept() as asked:
        assert key_on("cuda") == expected
    asked = asked[asked.index("wait for all") + 1 :]
    assert asked == ["copy gpu to pinned"] * len(weights) + ["wait for event"]
    monkeypatch.setattr(feature_key, "_AT_ONCE", 2**14)  # of the last one's 40,000 bytes too
    with kept() as asked:
        assert key_on("cuda") == expected
    assert 3 <= asked.count("wait for event") <= 6
