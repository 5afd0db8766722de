"""Features on disk: whole or not there, bounded, and read as a map where memory is short."""

import os
import time

import pytest
import torch

from core import places
from core.training import feature_store


def batches(*sizes: int):
    generator = torch.Generator().manual_seed(0)
    for size in sizes:
        yield (
            torch.randn(size, 2, 3, generator=generator),
            torch.randn(size, 5, generator=generator).bfloat16(),
        )


def whole(rows: int) -> list[torch.Tensor]:
    return [torch.cat(parts)[:rows] for parts in zip(*batches(4, 4, 4), strict=True)]


@pytest.mark.parametrize("memory", [True, False])
def test_what_was_written_is_found_again(home, monkeypatch, memory):
    monkeypatch.setattr(feature_store, "fits_memory", lambda bytes: memory)
    assert feature_store.find("one") is None
    made = feature_store.make("one", 10, batches(4, 4, 4), torch.float32)
    found = feature_store.find("one")
    assert (made.reused, found.reused, found.in_memory) == (False, True, memory)
    assert found.bytes == made.bytes == 10 * (6 + 5) * 4
    assert found.computed == (torch.float32, torch.bfloat16)
    for one, other, expected in zip(made.tensors, found.tensors, whole(10), strict=True):
        assert torch.equal(one, expected.float()) and torch.equal(other, expected.float())
    kept = feature_store.in_memory(10, batches(4, 4, 4), torch.float32)
    assert all(map(torch.equal, kept.tensors, made.tensors))


def test_half_a_set_is_never_found(home):
    def breaks():
        yield from batches(4)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        feature_store.make("one", 10, breaks(), torch.float32)
    assert feature_store.find("one") is None
    root = places.cache_root() / "features"
    assert list(root.iterdir()) == []
    feature_store.make("one", 10, batches(4, 4, 4), torch.float32)
    os.truncate(root / "one" / "0.bin", 8)
    assert feature_store.find("one") is None


def test_what_was_not_used_for_longest_makes_room(home, monkeypatch):
    for age, key in enumerate(("new", "old", "middle")):
        feature_store.make(key, 10, batches(4, 4, 4), torch.float32)
        used = time.time() - {0: 10, 1: 1000, 2: 100}[age]
        os.utime(places.cache_root() / "features" / key / "set.json", (used, used))
    root = places.cache_root() / "features"
    size = places.size_of(root) // 3
    monkeypatch.setattr(feature_store, "BOUND", 3 * size + size // 2)
    feature_store.make_room(size)
    assert {folder.name for folder in root.iterdir()} == {"new", "middle"}
    feature_store.find("middle")  # used now
    feature_store.make_room(2 * size + size // 2)
    assert {folder.name for folder in root.iterdir()} == {"middle"}
    assert not feature_store.fits_disk(4 * size) and feature_store.fits_disk(size)


def test_the_part_of_a_run_that_died_goes_after_a_day(home):
    root = places.cache_root() / "features"
    root.mkdir(parents=True)
    for name, hours in (("a.1.part", 30), ("b.2.part", 1)):
        (root / name).mkdir()
        used = time.time() - 3600 * hours
        os.utime(root / name, (used, used))
    feature_store.make_room(1)
    assert [folder.name for folder in root.iterdir()] == ["b.2.part"]
