"""Every line of the table of lock and files."""

import os
import subprocess
import sys
import time

import pytest

from core import portable
from core.recipe import Recipe
from core.runs import folder
from core.runs.status import running_runs, status

from .holder import HOLDER


@pytest.fixture
def run():
    return folder.create_run(Recipe())


@pytest.fixture
def holder(run):
    """A process that holds the run's lock."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run.path / "lock")], stdout=subprocess.PIPE
    )
    child.stdout.readline()
    yield child
    child.kill()
    child.wait()


def say(run, claimed, attempt=1, **more):
    portable.write_json(run.path / "state.json", {"status": claimed, "attempt": attempt, **more})


def launch(run, attempt=1, identity=None, at=None):
    identity = identity or portable.process_identity(os.getpid())
    portable.write_json(
        run.path / "launch.json",
        {**identity, "time": time.time() if at is None else at, "attempt": attempt},
    )


@pytest.mark.parametrize(
    ("claimed", "shown"),
    [
        (None, "starting"), ("starting", "starting"), ("running", "running"),
        ("finished", "finishing"), ("stopped", "finishing"), ("failed", "finishing"),
    ],
)
def test_while_the_lock_is_held(run, holder, claimed, shown):
    launch(run)
    if claimed:
        say(run, claimed, error=None)
    assert status(run).status == shown
    assert status(run).is_live
    assert running_runs() == [run]


def test_a_stop_that_was_asked_for_shows(run, holder):
    say(run, "running")
    (run.path / "stop").write_text("{}")
    assert status(run).status == "stopping"


@pytest.mark.parametrize("claimed", ["finished", "stopped", "failed"])
def test_an_ended_run_is_what_it_said(run, claimed):
    launch(run)
    say(run, claimed, error={"id": "training.nothing_trains", "values": {}})
    assert status(run).status == claimed
    assert (status(run).problem is not None) == (claimed == "failed")
    assert running_runs() == []


def test_a_run_that_nobody_started_is_queued(run):
    assert status(run).status == "queued"


def test_a_launched_process_that_lives_and_has_not_spoken_is_starting(run):
    launch(run)
    assert status(run).status == "starting"


def test_a_resumed_worker_that_holds_the_lock_and_has_not_spoken_is_starting(run, holder):
    say(run, "stopped", attempt=1)
    launch(run, attempt=2)
    assert status(run).status == "starting"


def test_a_resumed_worker_that_died_before_it_spoke_is_a_crash_with_its_last_words(run):
    say(run, "stopped", attempt=1)
    launch(run, attempt=2, identity={"pid": 1, "started": 0.0, "boot": 1e9})
    (run.path / "worker.log").write_text("a warning\nthaw train: the disk is full\n\n")
    found = status(run)
    assert found.status == "crashed"
    assert found.problem.values == {"said": "the disk is full"}


def test_a_clock_that_was_set_does_not_make_a_starting_run_crash(run):
    launch(run, at=time.time() - 10_000)
    assert status(run).status == "starting"


def test_a_resumed_run_is_starting_although_its_old_state_says_stopped(run):
    say(run, "stopped", attempt=1)
    launch(run, attempt=2)
    assert status(run).status == "starting"


@pytest.mark.parametrize("claimed", ["starting", "running"])
def test_a_free_lock_and_a_live_claim_is_a_crash(run, claimed):
    launch(run)
    say(run, claimed, epoch=3)
    found = status(run)
    assert found.status == "crashed"
    assert found.can_resume
    assert found.problem.values["epoch"] == 3


def test_a_launch_whose_process_is_gone_is_a_crash(run):
    child = subprocess.Popen([sys.executable, "-c", ""])
    identity = portable.process_identity(child.pid)
    child.wait()
    launch(run, identity=identity)
    assert status(run).status == "crashed"


def test_a_reused_process_id_does_not_make_a_dead_run_live(run):
    identity = portable.process_identity(os.getpid())
    launch(run, identity={**identity, "started": identity["started"] - 500})
    assert status(run).status == "crashed"


def test_sigkill_is_seen_within_a_second(run, holder):
    launch(run, identity=portable.process_identity(holder.pid))
    say(run, "running")
    assert status(run).status == "running"
    holder.kill()
    began = time.monotonic()
    while status(run).status != "crashed":
        assert time.monotonic() - began < 1
        time.sleep(0.005)
    # holder is a zombie still: nobody has waited for it


def test_a_damaged_state_is_no_traceback(run):
    launch(run)
    (run.path / "state.json").write_text('{"status": "runn')
    assert status(run).status in ("starting", "crashed")


@pytest.mark.parametrize("damaged", ["{}", '{"pid": 1}', '{"attempt": 1}', '{"atte', "[1]", ""])
@pytest.mark.parametrize("claimed", [None, "running", "finished"])
def test_a_damaged_launch_is_no_traceback(run, damaged, claimed):
    (run.path / "launch.json").write_text(damaged)
    if claimed:
        say(run, claimed)
    found = status(run).status
    assert found == "finished" if claimed == "finished" else found in ("queued", "crashed")


def test_between_two_starts_of_torchrun_a_run_lives(run):
    launch(run)
    say(run, "running")
    assert status(run).status == "crashed"
    path = run.path / "launch.json"
    alive = {**portable.read_json(path), **portable.process_identity(os.getpid())}
    portable.write_json(path, {**alive, "attempt": 0})
    assert status(run).status == "crashed"  # one process that lives and has let go of its run
    portable.write_json(path, {**alive, "job": "j", "attempt": 0})
    assert status(run).status == "running"
    say(run, "finished")
    assert status(run).status == "finishing"
