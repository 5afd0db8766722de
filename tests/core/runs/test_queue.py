"""The queue, with real processes that need no torch: order, one process, kills, removals."""

import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from core import portable
from core.messages import ThawError
from core.recipe import Recipe, TrainSpec
from core.runs import folder, going_on, launching, meta, queue, queue_order, supervisor
from core.runs.changes import Changes, read
from core.runs.queue import GoOn, NewRun
from core.runs.status import running_runs, status

from .holder import WORKER

# The process of the queue, but with workers that need no torch.
QUEUE = f"""
import sys
from core.runs import launching, queue
launching._command = lambda run, *o: [sys.executable, "-c", {WORKER!r}, str(run.path), *o]
queue.work(say=lambda run: print(run.name, flush=True))
"""
SECONDS = 60.0  # an import on a busy machine takes seconds


@pytest.fixture(autouse=True)
def small_processes(home, monkeypatch):
    """Processes without torch; whatever a test leaves is ended."""
    monkeypatch.setattr(queue, "_command", lambda: [sys.executable, "-c", QUEUE])
    monkeypatch.setattr(
        launching, "_command",
        lambda run, *options: [sys.executable, "-c", WORKER, str(run.path), *options],
    )
    yield
    queue.remove_all(queue.waiting())
    for run in running_runs():
        supervisor.kill(run)
    until(lambda: not queue.is_working(), "the queue ends with its runs")


def until(holds, what):
    ends = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < ends, what
        time.sleep(0.02)


def add(*names):
    return queue.add([NewRun(Recipe(name=name, train=TrainSpec(threads=1)), name)
                      for name in names])


def ends_as(run, wanted):
    until(lambda: status(run).status == wanted, (run.name, wanted, run.log_tail()))


def queue_pid():
    until(queue.is_working, "the queue works")
    return portable.lock_holder(folder.places.runs_root() / ".queue")


def launched_at(run):
    return run.launch()["time"]


def test_runs_start_in_their_order_and_the_process_ends_with_the_queue():
    runs = add("end c", "end a")
    runs += add("end b")
    assert queue.waiting() == runs
    assert [queue.place_of(run) for run in runs] == [1, 2, 3]
    assert {status(run).status for run in runs} == {"queued"}
    queue.keep_going()
    for run in runs:
        ends_as(run, "finished")
    times = [launched_at(run) for run in runs]
    assert times == sorted(times)
    until(lambda: not queue.is_working(), "it ends")
    assert queue.waiting() == []
    # A place that was given once is kept with the run; the next one begins anew.
    assert queue.place_of(add("end d")[0]) == 1


def test_one_run_at_a_time_and_the_next_after_a_stop():
    first, second = add("first", "second")
    queue.keep_going()
    ends_as(first, "running")
    time.sleep(0.5)
    assert status(second).status == "queued"
    supervisor.stop(first)
    ends_as(second, "running")
    assert status(first).status == "stopped"


def test_failed_killed_and_unstartable_runs_do_not_stop_the_others():
    early, killed, broken, last = add("early", "killed", "broken", "end last")
    (broken.path / "recipe.json").write_text("{}x")
    queue.keep_going()
    ends_as(killed, "running")
    os.kill(killed.launch()["pid"], signal.SIGKILL)
    ends_as(last, "finished")
    assert [status(run).status for run in (early, killed, broken)] == ["crashed"] * 3
    assert "not a recipe" in status(broken).problem.values["said"]


def test_a_run_that_was_started_by_hand_is_waited_for():
    by_hand = folder.create_run(Recipe(name="by hand"))
    supervisor.start(by_hand)
    (waits,) = add("end waits")
    queue.keep_going()
    queue_pid()
    ends_as(by_hand, "running")
    time.sleep(0.5)
    assert status(waits).status == "queued"
    supervisor.stop(by_hand)
    ends_as(waits, "finished")


def test_a_run_without_a_place_is_never_started():
    new = folder.create_run(Recipe(name="about to be started by somebody"))
    assert queue.waiting() == []
    (waits,) = add("end")
    queue.keep_going()
    ends_as(waits, "finished")
    until(lambda: not queue.is_working(), "it ends")
    assert status(new).status == "queued"


def test_of_many_processes_one_works():
    runs = add("first", "end second")
    rivals = [subprocess.Popen([sys.executable, "-c", QUEUE], stdout=subprocess.PIPE, text=True)
              for _ in range(4)]
    ends_as(runs[0], "running")
    until(lambda: sum(rival.poll() is None for rival in rivals) == 1, "three go home")
    supervisor.stop(runs[0])
    ends_as(runs[1], "finished")
    said = [rival.communicate(timeout=SECONDS)[0] for rival in rivals]
    assert sorted(said)[-1] == "first\nend second\n"
    assert sorted(said)[:-1] == ["", "", ""]


def test_a_killed_queue_leaves_the_run_alone_and_the_next_look_goes_on():
    """As after a restart of the app: nothing is remembered but what the folders say."""
    first, second = add("first", "end second")
    queue.keep_going()
    ends_as(first, "running")
    pid = queue_pid()
    assert os.getsid(pid) == pid  # it leads a session: Ctrl-C and a closed terminal pass it by
    os.kill(pid, signal.SIGKILL)
    until(lambda: not queue.is_working(), "the lock is free at once")
    assert status(first).status == "running"
    supervisor.stop(first)
    ends_as(first, "stopped")
    time.sleep(0.5)
    assert status(second).status == "queued"
    queue.keep_going()
    ends_as(second, "finished")


def test_the_queue_lives_without_the_process_that_added_to_it():
    script = (
        "import sys\nfrom core.recipe import Recipe\nfrom core.runs import queue\n"
        f"queue._command = lambda: [sys.executable, '-c', {QUEUE!r}]\n"
        "queue.add([queue.NewRun(Recipe(name=n), n) for n in ('first', 'end second')])\n"
        "queue.keep_going()\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    until(lambda: len(running_runs()) == 1, "the first starts")
    (first,) = running_runs()
    (second,) = queue.waiting()
    ends_as(first, "running")
    supervisor.stop(first)
    ends_as(second, "finished")


def test_many_looks_start_one_process():
    (run,) = add("waits")
    for _ in range(20):
        queue.keep_going()
    ends_as(run, "running")
    family = [p for p in psutil.Process().children(recursive=True)
              if any("queue.work" in part for part in p.cmdline())]
    assert len(family) <= 1


def test_removing_what_waits():
    first, second, third = add("first", "second", "end third")
    queue.keep_going()
    ends_as(first, "running")
    queue.remove(second)
    assert not second.path.exists()
    with pytest.raises(ThawError, match="does not wait"):
        queue.remove(second)
    with pytest.raises(ThawError, match="does not wait"):
        queue.remove(first)
    assert queue.remove_all([first, third]) == 1
    assert status(first).status == "running"  # the one under way is not its business
    supervisor.stop(first)
    until(lambda: not queue.is_working(), "nothing waits any more")
    assert folder.list_runs() == [first]


def test_a_stopped_run_waits_to_go_on_and_goes_on_in_its_turn():
    stopped, other = add("first", "second")
    queue.keep_going()
    ends_as(stopped, "running")
    supervisor.stop(stopped)
    ends_as(other, "running")
    first, last = queue.add([stopped, NewRun(Recipe(name="end last"), "end last")])
    assert first == stopped
    assert status(stopped).status == "queued" and queue.waiting()[0] == stopped
    for refused in (stopped, other):
        with pytest.raises(ThawError, match="running|waits"):
            queue.add([NewRun(Recipe(), "never"), refused])
    assert len(folder.list_runs()) == 3
    meta.set_meta(stopped, name="end first")
    queue.keep_going()
    supervisor.stop(other)
    ends_as(stopped, "finished")
    assert "--resume" in stopped.log_tail().splitlines()[-1]
    assert len(stopped.log_tail().splitlines()) == 2
    with pytest.raises(ThawError, match="has finished"):
        queue.add([stopped])
    ends_as(last, "finished")  # or the device may still be its
    # Let go on by hand, and stopped again, it does not wait any more.
    queue.pause()
    queue.add([other])
    supervisor.resume(other)
    ends_as(other, "running")
    supervisor.stop(other)
    ends_as(other, "stopped")
    assert other not in queue.waiting()


def test_what_was_to_go_on_is_taken_out_of_the_queue_and_loses_nothing():
    (run,) = add("first")
    queue.keep_going()
    ends_as(run, "running")
    supervisor.stop(run)
    ends_as(run, "stopped")
    queue.pause()
    queue.add([run])
    queue.remove(run)
    assert status(run).status == "stopped" and queue.place_of(run) is None
    assert run.name == "first" and run.state()
    queue.add([run])
    assert queue.remove_all([run]) == 1 and run.path.exists()


def test_a_run_goes_on_in_its_turn_with_what_was_to_be_changed():
    (run,) = add("first")
    queue.keep_going()
    ends_as(run, "running")
    supervisor.stop(run)
    ends_as(run, "stopped")
    queue.pause()
    with pytest.raises(ThawError):
        queue.add([GoOn(run, Changes(batch_size=0))])
    changes = Changes(("layer4", "layer3"), batch_size=16, parts=2)
    queue.add([GoOn(run, changes)])
    queue.remove(run)
    queue.add([run])  # what was wished before the removal is forgotten
    assert going_on.changes_of(run) == Changes()
    queue.remove(run)
    queue.add([GoOn(run, changes)])
    meta.set_meta(run, name="end first")
    queue.unpause()
    queue.keep_going()
    ends_as(run, "finished")
    assert run.log_tail().endswith(
        "--resume --unfreeze layer4 layer3 --batch-size=16 --parts=2"
    )
    assert going_on.changes_of(run) == Changes()  # it has gone on with them


@pytest.mark.parametrize("raw", [None, 3, [], {"batch_size": "x"}, {"unfreeze": 3}, {"odd": 1}])
def test_damaged_changes_change_nothing(raw):
    assert read(raw) == Changes()


def test_the_disk_is_full_and_none_is_queued(monkeypatch):
    made = folder.create_run

    def full(recipe, **options):
        if recipe.name == "third":
            raise ThawError("places.unwritable", path="here", why="No space left on device")
        return made(recipe, **options)

    monkeypatch.setattr(queue_order, "create_run", full)
    with pytest.raises(ThawError, match="No space"):
        add("first", "second", "third")
    assert folder.list_runs() == []


def test_a_paused_queue_starts_nothing_until_it_is_continued():
    first, second = add("first", "end second")
    queue.keep_going()
    ends_as(first, "running")
    queue.pause()
    until(lambda: not queue.is_working(), "a paused queue needs no process")
    assert status(first).status == "running"
    supervisor.stop(first)
    ends_as(first, "stopped")
    queue.keep_going()  # as the app does at its start, and each page at each look
    rival = subprocess.run([sys.executable, "-c", QUEUE], capture_output=True, text=True,
                           timeout=SECONDS)
    assert (rival.stdout, queue.is_working()) == ("", False)
    assert status(second).status == "queued"
    queue.unpause()
    queue.keep_going()
    ends_as(second, "finished")


@pytest.mark.parametrize(("moved", "to", "order"), [
    ("c", 1, "cab"), ("a", 3, "bca"), ("b", 1, "bac"), ("b", 2, "abc"),
    ("c", -5, "cab"), ("a", 99, "bca"),
])
def test_moving_puts_a_run_where_it_is_wanted(moved, to, order):
    runs = {run.name: run for run in add("a", "b", "c")}
    queue.move(runs[moved], to)
    assert "".join(run.name for run in queue.waiting()) == order
    assert [queue.place_of(run) for run in queue.waiting()] == [1, 2, 3]


def test_places_left_alike_by_a_move_that_was_cut_off_are_made_different():
    runs = add("a", "b", "c")
    meta.set_meta(runs[1], place=1)
    before = queue.waiting()
    queue.move(before[2], 1)
    assert queue.waiting() == [before[2], *before[:2]]


def test_the_run_that_was_moved_to_the_front_starts_next():
    first, second, third = add("first", "second", "end third")
    queue.keep_going()
    ends_as(first, "running")
    queue.move(third, 1)
    with pytest.raises(ThawError, match="does not wait"):
        queue.move(first, 2)
    supervisor.stop(first)
    ends_as(second, "running")
    assert status(third).status == "finished"
    assert launched_at(third) < launched_at(second)


def test_a_pause_or_a_move_just_before_the_start_is_heard():
    first, second = add("first", "second")
    assert not queue._is_not_next(first)
    queue.move(second, 1)
    with pytest.raises(ThawError, match="not the next one"):
        supervisor.start(first, unless=lambda: queue._is_not_next(first))
    queue.pause()
    with pytest.raises(ThawError, match="not the next one"):
        supervisor.start(second, unless=lambda: queue._is_not_next(second))
    assert {status(run).status for run in (first, second)} == {"queued"}


def test_a_folder_deleted_by_hand_and_a_corrupt_meta_stop_nobody():
    first, gone, corrupt, last = add("first", "gone", "corrupt", "end last")
    queue.keep_going()
    ends_as(first, "running")
    shutil.rmtree(gone.path)
    (corrupt.path / "meta.json").write_text("{")
    supervisor.stop(first)
    ends_as(last, "finished")
    assert status(corrupt).status == "queued"  # it has lost its place: nobody starts it


def test_a_full_disk_at_a_pause_or_a_move_is_a_sentence(monkeypatch):
    runs = add("a", "b")

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(portable, "write_json", full)
        for change in (queue.pause, lambda: queue.move(runs[1], 1)):
            with pytest.raises(ThawError, match="No space left"):
                change()
    assert queue.waiting() == runs and not queue.is_paused()


def test_a_pause_that_cannot_be_taken_away_is_a_sentence(monkeypatch):
    queue.pause()

    def refused(*_, **__):
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.unlink", refused)
        with pytest.raises(ThawError, match="Read-only"):
            queue.unpause()
    assert queue.is_paused()
