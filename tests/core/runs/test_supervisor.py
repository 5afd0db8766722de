"""Starting, stopping, resuming and killing, with real processes that need no torch."""

import errno
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from core import portable
from core.messages import ThawError
from core.recipe import Recipe, TrainSpec
from core.runs import folder, launching, supervisor
from core.runs.status import running_runs, status

from .holder import WORKER


@pytest.fixture(autouse=True)
def small_worker(monkeypatch):
    """Workers without torch; whatever a test leaves running is ended."""
    monkeypatch.setattr(
        launching, "_command",
        lambda run, *options: [sys.executable, "-c", WORKER, str(run.path), *options],
    )
    yield
    for run in running_runs():
        supervisor.kill(run)


def new_run(name="run", **train):
    return folder.create_run(Recipe(name=name, train=TrainSpec(**train)))


def wait_for(run, *wanted, seconds=10.0):
    ends = time.monotonic() + seconds
    while (now := status(run).status) not in wanted:
        assert time.monotonic() < ends, (now, run.log_tail())
        time.sleep(0.01)
    return now


def wait_for_log(run, text, seconds=10.0):
    ends = time.monotonic() + seconds
    while text not in run.path.joinpath("worker.log").read_text():
        assert time.monotonic() < ends, run.log_tail()
        time.sleep(0.01)


def test_a_started_worker_is_detached_calm_and_has_its_threads():
    run = new_run(threads=3)
    supervisor.start(run)
    assert status(run).status in ("starting", "running")
    wait_for(run, "running")
    wait_for_log(run, "\n")
    threads, spins, nice, leads, no_input = run.log_tail().split()
    assert (threads, spins, leads, no_input) == ("3", "5000", "True", "True")
    # A machine may forbid it; a worker that was already calm got no calmer.
    assert int(nice) >= 0
    assert psutil.Process(run.launch()["pid"]).nice() >= 10
    assert portable.lock_holder(run.path / "lock") == run.launch()["pid"]


def test_stop_keeps_the_run_and_resume_goes_on():
    run = new_run()
    supervisor.start(run)
    wait_for(run, "running")
    supervisor.stop(run)
    wait_for(run, "stopped")
    supervisor.resume(run)
    assert wait_for(run, "running")
    assert run.state()["attempt"] == 2
    wait_for_log(run, "--resume")
    with pytest.raises(ThawError, match="running already"):
        supervisor.resume(run)


def test_a_stop_that_comes_before_the_worker_has_its_lock_is_not_lost():
    run = new_run("slow")
    supervisor.start(run)
    assert status(run).status == "starting"
    supervisor.stop(run)
    assert status(run).status == "stopping"
    wait_for(run, "stopped")


def test_an_old_wish_to_stop_does_not_stop_the_next_attempt():
    run = new_run()
    supervisor.start(run)
    wait_for(run, "running")
    supervisor.stop(run)
    wait_for(run, "stopped")
    # As `python -m core train RUN --resume` in the foreground: nobody cleans up before it.
    supervisor.forget_old_stop(run, run.next_attempt())
    assert not (run.path / "stop").exists()


def test_one_device_one_run():
    first, second = new_run("first"), new_run("second")
    supervisor.start(first)
    with pytest.raises(ThawError, match="first"):
        supervisor.start(second)
    assert status(second).status == "queued"


def test_of_many_starters_at_once_one_wins():
    runs = [new_run(f"run {n}") for n in range(6)]

    def start(run):
        try:
            supervisor.start(run)
        except ThawError as error:
            return error.problem.id
        return "started"

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(start, runs))
    assert sorted(said) == ["runs.device_busy"] * 5 + ["started"]
    assert len(running_runs()) == 1


def test_of_many_starting_processes_one_wins():
    """As two apps on one home, or the app and the command line."""
    runs = [new_run(f"run {n}") for n in range(4)]
    starter = (
        "import sys; from pathlib import Path; from core.messages import ThawError\n"
        "from core.runs import launching, supervisor; from core.runs.folder import Run\n"
        "worker = sys.argv[2]\n"
        "launching._command = lambda run, *o: [sys.executable, '-c', worker, str(run.path), *o]\n"
        "try:\n    supervisor.start(Run(Path(sys.argv[1]))); print('started')\n"
        "except ThawError as error:\n    print(error.problem.id)\n"
    )
    starters = [
        subprocess.Popen([sys.executable, "-c", starter, str(run.path), WORKER],
                         stdout=subprocess.PIPE, text=True)
        for run in runs
    ]
    said = sorted(starter.communicate(timeout=30)[0].strip() for starter in starters)
    assert said == ["runs.device_busy"] * 3 + ["started"]
    assert len(running_runs()) == 1  # it lives on without its starter


def test_a_run_is_started_once_and_a_finished_one_is_not_resumed():
    run = new_run("end")
    supervisor.start(run)
    wait_for(run, "finished")
    with pytest.raises(ThawError, match="finished"):
        supervisor.start(run)
    with pytest.raises(ThawError, match="nothing left to resume"):
        supervisor.resume(run)


def test_sigkill_of_the_worker_is_a_crash_at_once_and_can_be_resumed():
    run = new_run()
    supervisor.start(run)
    wait_for(run, "running")
    os.kill(run.launch()["pid"], signal.SIGKILL)
    wait_for(run, "crashed", seconds=1.0)
    supervisor.resume(run)
    assert wait_for(run, "running")


def test_a_worker_that_ends_before_it_began_says_why():
    run = new_run("early")
    supervisor.start(run)
    wait_for(run, "crashed")
    assert status(run).can_resume
    assert "nothing is as it should be" in status(run).problem.values["said"]


def test_killing_ends_a_worker_with_its_children(monkeypatch):
    with_child = WORKER.replace(
        'say("running")', 'import subprocess; subprocess.Popen(["sleep", "60"])\nsay("running")'
    )
    monkeypatch.setattr(
        launching, "_command", lambda run, *_: [sys.executable, "-c", with_child, str(run.path)]
    )
    run = new_run()
    supervisor.start(run)
    wait_for(run, "running")
    family = [psutil.Process(run.launch()["pid"])]
    family += family[0].children(recursive=True)
    assert len(family) == 2
    supervisor.kill(run)
    assert status(run).status == "crashed"
    assert not psutil.wait_procs(family, timeout=5)[1]
    with pytest.raises(ThawError, match="not running"):
        supervisor.kill(run)


def test_no_zombie_is_left():
    run = new_run("end")
    supervisor.start(run)
    wait_for(run, "finished")
    ends = time.monotonic() + 5
    while psutil.pid_exists(run.launch()["pid"]):
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_kill_leaves_a_process_alone_that_only_has_the_id():
    run = new_run()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        identity = portable.process_identity(stranger.pid)
        portable.write_json(
            run.path / "launch.json",
            {**identity, "started": identity["started"] - 500, "time": 0.0, "attempt": 1},
        )
        with pytest.raises(ThawError, match="not running"):
            supervisor.kill(run)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_discarding_a_run_that_nobody_works_on_deletes_it():
    run = new_run()
    supervisor.stop(run, discard=True)
    assert not run.path.exists()
    with pytest.raises(ThawError, match="not running"):
        supervisor.stop(new_run())


def test_a_discarded_run_goes_even_if_its_worker_died_first(home):
    run, kept, other = new_run(), new_run("kept"), new_run("end")
    supervisor.start(run)
    wait_for(run, "running")
    os.kill(run.launch()["pid"], signal.SIGSTOP)  # it does not answer
    supervisor.stop(run, discard=True)
    os.kill(run.launch()["pid"], signal.SIGKILL)
    wait_for(run, "crashed")
    (home / "runs" / ".2026_half.deleted").mkdir()
    supervisor.start(other)
    assert {found.id for found in folder.list_runs()} == {kept.id, other.id}
    assert not list(Path(home / "runs").glob("*.deleted"))


def test_killing_a_run_to_be_discarded_deletes_it(monkeypatch):
    alone = []  # whether nobody else could start a run meanwhile
    delete = supervisor.delete_run
    monkeypatch.setattr(
        supervisor, "delete_run",
        lambda run: (alone.append(supervisor._starting._threads.locked()), delete(run)),
    )
    run = new_run()
    supervisor.start(run)
    wait_for(run, "running")
    os.kill(run.launch()["pid"], signal.SIGSTOP)
    supervisor.stop(run, discard=True)
    supervisor.kill(run)
    assert not run.path.exists() and alone == [True]


def test_a_starting_run_is_not_deleted():
    run = new_run("slow")
    supervisor.start(run)
    with pytest.raises(ThawError, match="stop it before"):
        folder.delete_run(run)


def test_a_program_that_can_not_be_started_is_said(monkeypatch):
    monkeypatch.setattr(launching, "_command", lambda run, *_: ["/no/such/program"])
    run = new_run()
    with pytest.raises(ThawError, match="could not be started"):
        supervisor.start(run)
    assert status(run).status == "queued"


def test_a_worker_that_can_not_be_told_of_is_ended(monkeypatch):
    run = new_run("slow")
    monkeypatch.setattr(launching, "write_launch", disk_full)
    with pytest.raises(ThawError, match="could not be started .No space left"):
        supervisor.start(run)
    # It would train beside the run that somebody starts then.
    assert not [one for one in psutil.Process().children() if str(run.path) in one.cmdline()]
    assert status(run).status == "queued"


def test_a_wish_to_stop_that_can_not_be_written_is_said(monkeypatch):
    run = new_run()
    supervisor.start(run)
    wait_for(run, "running")
    with monkeypatch.context() as patched:
        patched.setattr(portable, "write_json", disk_full)
        with pytest.raises(ThawError, match="could not be asked to stop .No space left"):
            supervisor.stop(run)
    assert status(run).status == "running"


def disk_full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_run_is_started_or_deleted_but_never_both(monkeypatch):
    """Whoever is second is told what the other one did; no worker starts in a folder that goes."""
    monkeypatch.setattr(
        launching, "_command",
        lambda *_: [sys.executable, "-S", "-c", "import time; time.sleep(60)"],
    )
    outcomes = set()

    def tried(action):
        try:
            action()
        except ThawError as error:
            return error.problem.id
        return "done"

    with ThreadPoolExecutor(2) as pool:
        for turn in range(20):
            run = new_run()
            started = pool.submit(tried, lambda run=run: supervisor.start(run))
            time.sleep(turn % 5 * 0.001)
            deleted = pool.submit(tried, lambda run=run: supervisor.delete(run))
            outcomes.add((started.result(), deleted.result()))
            if run.path.exists():
                supervisor.kill(run)
                supervisor.delete(run)
    assert outcomes <= {("done", "runs.delete_running"), ("runs.unknown", "done")}
    assert ("done", "runs.delete_running") in outcomes
