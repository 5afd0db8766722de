"""A snapshot is a copy in every bit and with every stride, in storages of its own."""

from collections import OrderedDict

import torch
from torchvision.models import mnasnet0_5

from core.training import snapshot
from core.training.snapshot import SnapshotBuffer


def content() -> dict:
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(2, 3, 4, 5, generator=generator)
    return {
        "channels_last": image.to(memory_format=torch.channels_last),
        "slice": image[:, 1:, ::2],
        "several": [torch.tensor(7), (torch.arange(3) > 1, torch.empty(0))],
        "half": {"a": image.bfloat16(), "b": 2.5, "c": None, "d": "text"},
    }


def assert_same(ours: object, theirs: object) -> None:
    assert type(ours) is type(theirs)
    if isinstance(ours, torch.Tensor):
        assert ours.dtype == theirs.dtype and torch.equal(ours, theirs)
        assert ours.data_ptr() != theirs.data_ptr() or not ours.numel()
    elif isinstance(ours, dict):
        assert list(ours) == list(theirs)
        for key, value in ours.items():
            assert_same(value, theirs[key])
    elif isinstance(ours, list | tuple):
        for one, other in zip(ours, theirs, strict=True):
            assert_same(one, other)
    else:
        assert ours == theirs


def test_it_is_the_same_in_every_bit():
    given = content()
    taken = SnapshotBuffer().take(given)
    assert_same(taken, given)
    assert taken["channels_last"].stride() == given["channels_last"].stride()


def test_what_changes_afterwards_is_not_in_it():
    given = content()
    taken = SnapshotBuffer().take(given)
    given["channels_last"].zero_()
    given["half"]["b"] = 0
    assert_same(taken, content())


def test_the_memory_is_used_again_and_grows_with_what_comes():
    buffer = SnapshotBuffer()
    first = buffer.take({"a": torch.ones(1000)})["a"].data_ptr()
    assert buffer.take({"b": torch.zeros(10), "c": torch.ones(500)})["b"].data_ptr() == first
    assert buffer.take({"a": torch.full((5000,), 3.0)})["a"].sum() == 15_000


def test_a_file_of_it_is_no_larger_than_one_of_the_tensors(tmp_path):
    """`torch.save` writes whole storages: each place must have its own."""
    given = {str(number): torch.randn(100, 100) for number in range(20)}
    buffer = SnapshotBuffer()
    buffer.take({"larger": torch.zeros(10**6)})
    torch.save(given, tmp_path / "given.pt")
    torch.save(buffer.take(given), tmp_path / "taken.pt")
    sizes = [(tmp_path / f"{name}.pt").stat().st_size for name in ("given", "taken")]
    assert abs(sizes[0] - sizes[1]) < 1000
    assert_same(torch.load(tmp_path / "taken.pt", weights_only=True), given)


def test_the_versions_of_modules_come_along():
    """MNASNet refuses a state dict that does not tell them."""
    model = mnasnet0_5()
    taken = SnapshotBuffer().take(model.state_dict())
    assert isinstance(taken, OrderedDict)
    model.load_state_dict(taken)


def test_where_no_memory_can_be_pinned_other_memory_does(monkeypatch, caplog):
    empty = torch.empty

    def without_pinning(*size, pin_memory=False, **named):
        if pin_memory:
            raise RuntimeError("CUDA error: out of memory")
        return empty(*size, **named)

    monkeypatch.setattr(torch, "empty", without_pinning)
    assert snapshot._pinned(100).nbytes == 100
    assert "not pinned: CUDA error: out of memory" in caplog.text
