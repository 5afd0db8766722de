"""One root, with bounds."""

import os
import time

import pytest

from core import places
from core.messages import ThawError


def test_everything_lies_under_the_home(home):
    for part in ("runs", "cache", "data", "uploads", "weights"):
        folder = getattr(places, f"{part}_root")()
        assert folder == home / part
        assert folder.is_dir()


def test_an_export_that_nobody_fetched_for_an_hour_is_deleted():
    old, new = (places.exports_root() / name for name in ("old.zip", "new.zip"))
    for file in (old, new):
        file.write_bytes(b"x")
    os.utime(old, (time.time() - 3700,) * 2)
    assert list(places.exports_root().iterdir()) == [new]


def test_usage_counts_a_hard_link_once(home):
    (places.runs_root() / "a").write_bytes(b"x" * 1000)
    os.link(home / "runs" / "a", home / "runs" / "b")
    usage = {place.name: place for place in places.usage()}
    assert usage["runs"].bytes == 1000
    assert usage["data"].bytes == 0
    assert set(usage) == set(places.BOUNDS)


def test_a_home_that_can_not_be_made_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "file" / "thaw"))
    with pytest.raises(ThawError, match="THAW_HOME"):
        places.home()


def test_a_bound_that_is_reached_is_said(monkeypatch):
    monkeypatch.setitem(places.BOUNDS, "uploads", 1500)
    (places.uploads_root() / "a").write_bytes(b"x" * 1000)
    places.require_space(places.uploads_root(), 400)
    with pytest.raises(ThawError, match="bound"):
        places.require_space(places.uploads_root(), 600)


def test_a_full_disk_is_said_before_anything_is_written():
    with pytest.raises(ThawError, match="are needed"):
        places.require_space(places.cache_root(), 10**18)
