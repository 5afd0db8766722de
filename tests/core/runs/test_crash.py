"""Why a worker was ended without a word: what the system counts decides."""

import shutil
from pathlib import Path

import pytest

from core import portable
from core.messages import ThawError
from core.recipe import Recipe
from core.runs import crash, folder


def reason(oom_kills: object) -> str:
    run = folder.create_run(Recipe())
    portable.write_json(run.path / "attempts" / "1.json", {"oom_kills": 0})
    portable.write_json(run.path / "attempts" / "2.json", {"oom_kills": oom_kills})
    portable.write_json(run.path / "checkpoints" / "latest.json", {"epoch": 2})
    found = crash.reason(run, 3)
    assert "epoch 3" in str(ThawError(found.id, **found.values))
    return found.id


def test_the_system_s_own_count_is_read() -> None:
    count = portable.oom_kills()
    assert count is None or count >= 0
    assert count is not None or not Path("/proc/vmstat").exists()


def test_a_process_that_was_ended_for_memory_since_the_attempt_began(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portable, "oom_kills", lambda: 4)
    assert reason(3) == "runs.crashed_memory"
    assert reason(4) == "runs.crashed"  # one of before it
    assert reason(None) == "runs.crashed"  # an attempt of before it was counted


def test_nothing_is_said_to_be_whole_where_nothing_was_saved(tmp_path: Path) -> None:
    found = crash.reason(folder.create_run(Recipe(), root=tmp_path), 0)
    assert found.id == "runs.crashed_unsaved"
    assert "whole" not in str(ThawError(found.id, **found.values))


def test_a_disk_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=5))
    assert reason(portable.oom_kills()) == "runs.crashed_disk"


def test_what_another_process_said_is_the_reason_before_that_one_was_lost(tmp_path: Path) -> None:
    run = folder.create_run(Recipe(), root=tmp_path)
    portable.write_json(run.path / "state.json", {"status": "running", "attempt": 2})
    assert crash.said_by_another(run, 2) is None
    for rank, id in ((1, "training.rank_lost"), (2, "training.disk_full")):
        said = {"id": id, "values": {"said": "?"}}
        portable.write_json(run.path / "attempts" / f"2.rank{rank}.json", said)
    assert crash.reason(run, 1).id == "training.disk_full"
    assert run.attempts() == {}
    (run.path / "attempts" / "2.rank2.json").unlink()
    assert crash.reason(run, 1).id == "training.rank_lost"
    assert crash.said_by_another(run, 1) is None
