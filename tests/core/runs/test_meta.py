"""Several threads and processes change what is said of one run: nothing of it is lost."""

import errno
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core import portable
from core.messages import ThawError
from core.recipe import Recipe
from core.runs import folder, meta, prediction, queue, turn
from core.runs.prediction import Prediction

from .holder import HOLDER

# Between reading and writing there is time for everybody else.
SLOW = """
import pathlib, sys, time
from core import portable
from core.runs import meta
from core.runs.folder import Run
read = portable.read_json
portable.read_json = lambda path: (read(path), time.sleep(0.02))[0]
for number in range(10):
    meta.set_meta(Run(pathlib.Path(sys.argv[1])), **{f"{sys.argv[2]} {number}": number})
"""


@pytest.fixture
def slowly(monkeypatch):
    """Reading takes so long that a second change begins before the first has ended."""
    read = portable.read_json
    monkeypatch.setattr(portable, "read_json", lambda path: (read(path), time.sleep(0.02))[0])


def test_processes_that_change_one_run_keep_what_the_others_wrote():
    run = folder.create_run(Recipe(), note="kept")
    names = ("a", "b", "c")
    processes = [subprocess.Popen([sys.executable, "-c", SLOW, str(run.path), name])
                 for name in names]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    said = run.meta()
    assert said.pop("name") == "" and said.pop("note") == "kept"
    assert said == {f"{name} {number}": number for name in names for number in range(10)}


def test_threads_that_change_one_run_keep_what_the_others_wrote(slowly):
    run = folder.create_run(Recipe())
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: meta.set_meta(run, **{f"key {number}": number}), range(12)))
    assert {f"key {number}": number for number in range(12)}.items() <= run.meta().items()


def test_what_can_not_be_read_at_this_moment_is_not_lost(monkeypatch):
    run = folder.create_run(Recipe(), name="dear", note="kept")

    def too_many_open_files(path):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", too_many_open_files)
        with pytest.raises(OSError, match="Too many open files"):
            meta.set_meta(run, name="new")
        with pytest.raises(OSError, match="Too many open files"):
            meta.drop_meta(run, "place")
    assert (run.name, run.meta()["note"]) == ("dear", "kept")


def test_a_run_that_is_renamed_as_it_is_queued_has_its_name_and_its_place(slowly):
    run = folder.create_run(Recipe(name="old"))
    portable.write_json(run.path / "state.json", {"status": "stopped", "attempt": 1})
    ended = threading.Event()

    def rename():
        number = 0
        while not ended.is_set():
            number += 1
            meta.set_meta(run, name=f"name {number}")
            assert run.name == f"name {number}"

    with ThreadPoolExecutor(1) as pool:
        renamed = pool.submit(rename)
        for _ in range(4):
            queue.add([run])
            assert queue.place_of(run) == 1
            queue.remove(run)
            assert queue.place_of(run) is None
        ended.set()
        renamed.result()


def test_two_who_predict_by_one_name_at_once_are_told_apart(monkeypatch):
    run = folder.create_run(Recipe())
    read = prediction.read
    monkeypatch.setattr(prediction, "read", lambda run: (read(run), time.sleep(0.05))[0])
    mine = Prediction(name="Ada", kind="final", points=((1, 0.9),))

    def add(_):
        try:
            prediction.add(run, [mine])
        except ThawError as error:
            return error.problem.id
        return "added"

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(add, range(3))) == ["added", *["prediction.name_taken"] * 2]
    assert (run.path / "predictions.jsonl").read_text().count("Ada") == 1


def test_who_waits_in_vain_or_can_not_write_is_told_so(monkeypatch):
    run = folder.create_run(Recipe(name="old"))
    monkeypatch.setattr(turn, "_WAIT_SECONDS", 0.1)
    lock = run.path.parent / ".changing"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE)
    holder.stdout.readline()
    try:
        with pytest.raises(ThawError, match="try again"):
            meta.set_meta(run, name="new")
    finally:
        holder.kill()
        holder.wait()
    meta.set_meta(run, name="new")  # a killed process holds nothing back

    def read_only(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(portable.os, "open", read_only)
    with pytest.raises(ThawError, match="Read-only"):
        meta.set_meta(run, name="newer")
    monkeypatch.undo()
    assert run.name == "new"
