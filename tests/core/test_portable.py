"""Locks that tell the truth, and files that are whole."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from core import portable

HOLDER = """
import sys, time, pathlib
from core.portable import FileLock
lock = FileLock(pathlib.Path(sys.argv[1]))
print(lock.acquire(), flush=True)
time.sleep(60)
"""


def hold(path) -> subprocess.Popen:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "True\n"
    return child


def test_a_held_lock_names_its_holder_and_can_not_be_taken(tmp_path):
    child = hold(tmp_path / "lock")
    try:
        assert portable.lock_holder(tmp_path / "lock") == child.pid
        assert not portable.FileLock(tmp_path / "lock").acquire()
        assert portable.lock_holder(tmp_path / "lock") == child.pid  # asking took nothing
    finally:
        child.kill()
        child.wait()


def test_sigkill_frees_the_lock_at_once_even_while_the_child_is_a_zombie(tmp_path):
    child = hold(tmp_path / "lock")
    os.kill(child.pid, signal.SIGKILL)
    began = time.monotonic()
    while portable.lock_holder(tmp_path / "lock") is not None:
        assert time.monotonic() - began < 2
        time.sleep(0.005)
    os.kill(child.pid, 0)  # nobody has waited for it: by its id it still lives
    assert portable.process_identity(child.pid) is None
    child.wait()


def test_a_released_lock_is_free(tmp_path):
    lock = portable.FileLock(tmp_path / "lock")
    assert lock.acquire()
    lock.release()
    child = hold(tmp_path / "lock")
    child.kill()
    child.wait()


def test_no_file_is_a_free_lock(tmp_path):
    assert portable.lock_holder(tmp_path / "lock") is None


def test_a_reused_process_id_is_another_process():
    identity = portable.process_identity(os.getpid())
    assert portable.is_same_process(identity)
    assert not portable.is_same_process({**identity, "started": identity["started"] - 1000})


def test_a_clock_that_was_set_changes_nothing():
    identity = portable.process_identity(os.getpid())
    moved = {"started": identity["started"] + 3600, "boot": identity["boot"] + 3600}
    assert portable.is_same_process({**identity, **moved})


def test_readers_never_see_half_a_file(tmp_path):
    path, done, bad = tmp_path / "state.json", threading.Event(), []
    portable.write_json(path, {"n": 0, "fill": "x" * 5000})

    def read():
        while not done.is_set():
            try:
                json.loads(path.read_bytes())
            except ValueError as error:
                bad.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(200):
        portable.write_json(path, {"n": n, "fill": "x" * (n * 50)})
    done.set()
    reader.join()
    assert not bad
    assert portable.read_json(path)["n"] == 199


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "state.json"
    portable.write_json(path, {"n": 1})

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        portable.write_json(path, {"n": 2})
    monkeypatch.undo()
    assert portable.read_json(path) == {"n": 1}
    assert os.listdir(tmp_path) == ["state.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff"])
def test_what_is_no_json_object_is_none(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    assert portable.read_json(tmp_path / "x.json") is None
    assert portable.read_json(tmp_path / "missing.json") is None


def test_free_memory_is_plausible():
    assert 1e6 < portable.available_memory() < 1e14


def test_cores_are_those_that_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(6)), raising=False)
    assert portable.cores() == 6
    for there, may in ((4, 4), (8, 6), (None, 6)):  # None: a machine that does not tell
        monkeypatch.setattr(psutil, "cpu_count", lambda logical, there=there: there)
        assert portable.physical_cores() == may
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert portable.cores() == 3


def test_what_a_killed_process_left_is_told_from_what_is_under_way():
    assert not portable.is_left_behind(str(os.getpid()))
    assert portable.is_left_behind("99999999")
    assert not portable.is_left_behind("abc") and not portable.is_left_behind("")
