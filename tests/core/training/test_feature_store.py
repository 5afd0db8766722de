"""Features on disk: whole or not there, bounded, and read as a map where memory is short."""

import os
import platform
import time

import pytest
import torch

from core import places
from core.training import feature_draft, feature_making, feature_store
from core.training.feature_making import NotKept, Wanted
from core.training.ranks import ALONE

SHAPES = ((2, 3), (5,))


def whole(rows: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(rows, 2, 3, generator=generator),
        torch.randn(rows, 5, generator=generator).bfloat16(),
    ]


def computed(pieces: range):
    for piece in pieces:
        yield tuple(feature[4 * piece : 4 * piece + 4] for feature in whole(12))


def made(key: str = "one", compute=computed) -> feature_store.Features:
    wanted = Wanted(key, 10, 4, SHAPES, torch.float32)
    return feature_making.found_or_made(wanted, compute, ALONE, lambda: None)


def is_right(features: feature_store.Features) -> bool:
    return features.computed == (torch.float32, torch.bfloat16) and all(
        torch.equal(kept, expected[:10].float())
        for kept, expected in zip(features.tensors, whole(12), strict=True)
    )


@pytest.mark.parametrize("memory", [True, False])
def test_what_was_written_is_found_again(home, monkeypatch, memory):
    monkeypatch.setattr(feature_store, "fits_memory", lambda bytes: memory)
    first, found = made(), made()
    assert (first.reused, found.reused, found.in_memory) == (False, True, memory)
    assert found.bytes == first.bytes == 10 * (6 + 5) * 4
    assert is_right(first) and is_right(found)


def test_where_the_disk_is_too_small_memory_keeps_them(home, monkeypatch):
    monkeypatch.setattr(feature_store, "fits_disk", lambda bytes: False)
    kept = made()
    assert is_right(kept) and kept.in_memory and feature_store.find("one") is None
    monkeypatch.setattr(feature_store, "fits_memory", lambda bytes: False)
    with pytest.raises(NotKept) as refused:
        made()
    assert refused.value.problem.id == "features.too_big"


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="Linux alone has such files")
def test_files_in_memory_go_with_who_opened_them(home):
    draft = feature_draft.MemoryDraft(2)
    names = feature_draft.write(draft.files, 4, 10, computed(range(1, 3)), torch.float32)
    feature_draft.write(draft.files, 0, 10, computed(range(1)), torch.float32)
    content = Wanted("one", 10, 4, SHAPES, torch.float32).content(names)
    kept = feature_store.opened(draft.finish(content), content, copies=False, reused=False)
    draft.close()
    assert is_right(kept) and not any(map(os.path.exists, draft.files))


def test_half_a_set_is_never_found(home):
    def breaks(pieces):
        yield from computed(range(1))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(compute=breaks)
    assert feature_store.find("one") is None
    assert list(feature_store.root().iterdir()) == []


def test_a_damaged_set_is_made_anew(home):
    made()
    os.truncate(feature_store.root() / "one" / "0.bin", 8)
    assert feature_store.find("one") is None
    again = made()
    assert is_right(again) and not again.reused
    assert made().reused


def test_a_set_that_gets_no_name_says_why(home, monkeypatch):
    def refused(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "rename", refused)
    with pytest.raises(NotKept) as caught:
        made()
    assert caught.value.problem.values["why"] == "Read-only file system"


def test_another_run_that_was_as_far_loses_nothing(home, monkeypatch):
    def late(pieces):
        yield from computed(pieces)
        monkeypatch.setattr(platform, "node", lambda: "another-machine")  # one disk for both
        made()

    assert is_right(made(compute=late))
    assert [folder.name for folder in feature_store.root().iterdir()] == ["one"]


def test_what_was_not_used_for_longest_makes_room(home, monkeypatch):
    for age, key in enumerate(("new", "old", "middle")):
        made(key)
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
