"""Run folders: made whole, found by their names, deleted whole."""

import os
import subprocess
import sys

import pytest

from core.messages import ThawError
from core.recipe import Recipe
from core.runs import folder, meta

from .holder import HOLDER


def test_a_new_run_has_its_recipe_and_its_name():
    run = folder.create_run(Recipe(name="First try"), note="a note")
    assert run.recipe() == Recipe(name="First try")
    assert run.name == "First try"
    assert run.meta()["note"] == "a note"
    assert run.state() is None and run.launch() is None and run.attempts() == {}
    assert run.next_attempt() == 1


def test_runs_are_listed_newest_first_and_half_made_ones_are_not(home):
    runs = [folder.create_run(Recipe()) for _ in range(3)]
    (home / "runs" / ".2099_half.part").mkdir()
    (home / "runs" / "9999_something_else").mkdir()
    assert sorted(run.id for run in folder.list_runs()) == sorted(run.id for run in runs)
    assert [run.id for run in folder.list_runs()] == sorted((r.id for r in runs), reverse=True)


def test_a_run_is_found_by_id_end_beginning_and_folder():
    run = folder.create_run(Recipe())
    end = run.id.rsplit("_", 1)[1]
    for text in (run.id, end, run.id[:-2], str(run.path)):
        assert folder.find_run(text) == run


@pytest.mark.parametrize("text", ["nothing", "", "../..", "/"])
def test_what_is_no_run_is_said(text):
    folder.create_run(Recipe())
    with pytest.raises(ThawError, match="no run"):
        folder.find_run(text)


def test_an_ambiguous_beginning_is_said():
    runs = [folder.create_run(Recipe()) for _ in range(2)]
    with pytest.raises(ThawError, match="several") as caught:
        folder.find_run(runs[0].id[:8])
    assert runs[0].id in str(caught.value)


def test_a_name_can_be_changed_and_the_rest_stays():
    run = folder.create_run(Recipe(name="old"), note="kept")
    meta.set_meta(run, name="new")
    assert run.meta() == {"name": "new", "note": "kept"}


def test_a_deleted_run_is_gone_and_a_running_one_is_not_deleted():
    run = folder.create_run(Recipe())
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run.path / "lock")], stdout=subprocess.PIPE
    )
    holder.stdout.readline()
    try:
        with pytest.raises(ThawError, match="stop it before"):
            folder.delete_run(run)
    finally:
        holder.kill()
        holder.wait()
    folder.delete_run(run)
    assert folder.list_runs() == []
    assert not run.path.exists()


def test_the_end_of_the_log(tmp_path):
    run = folder.create_run(Recipe())
    assert run.log_tail() == ""
    (run.path / "worker.log").write_text("\n".join(f"line {n}" for n in range(1000)))
    assert run.log_tail(3).splitlines() == ["line 997", "line 998", "line 999"]


@pytest.mark.skipif(sys.platform == "win32", reason="there a folder in use is not renamed")
def test_a_file_that_comes_while_a_run_is_deleted_goes_with_it(monkeypatch):
    """As of a process that had found the folder under its old name when it was renamed."""
    run = folder.create_run(Recipe())
    held = os.open(run.path, os.O_RDONLY)
    late, rmdir = ["first", "second"], os.rmdir

    def write_late(path, **where):
        if late and "deleted" in str(path):
            os.close(os.open(late.pop(), os.O_CREAT | os.O_WRONLY, dir_fd=held))
        rmdir(path, **where)

    monkeypatch.setattr(os, "rmdir", write_late)
    folder.delete_run(run)
    os.close(held)
    assert late == [] and list(run.path.parent.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there a folder in use is not renamed")
def test_a_run_that_somebody_goes_on_writing_to_is_a_sentence_and_a_leftover(monkeypatch):
    run = folder.create_run(Recipe())
    held = os.open(run.path, os.O_RDONLY)
    rmdir = os.rmdir

    def write_on(path, **where):
        if "deleted" in str(path):
            os.close(os.open("again", os.O_CREAT | os.O_WRONLY, dir_fd=held))
        rmdir(path, **where)

    with monkeypatch.context() as patched:
        patched.setattr(os, "rmdir", write_on)
        with pytest.raises(ThawError, match="not empty"):
            folder.delete_run(run)
    os.close(held)
    assert folder.list_runs() == []
    folder.delete_leftovers()
    assert list(run.path.parent.iterdir()) == []
