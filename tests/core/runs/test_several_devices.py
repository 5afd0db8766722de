"""Several devices at once: real workers without torch, and a queue that fills what is free."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from core import portable
from core.messages import ThawError
from core.recipe import Recipe, TrainSpec
from core.runs import device_slots, device_use, expected, folder, launching, queue, supervisor
from core.runs.device_use import Held, Need
from core.runs.queue import NewRun
from core.runs.status import running_runs, status

from .holder import HOLDER, WORKER
from .test_queue import QUEUE, add, ends_as, launched_at, queue_pid, until


@pytest.fixture(autouse=True)
def small_processes(monkeypatch):
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


@pytest.fixture
def devices(monkeypatch):
    """Says which devices this machine has."""
    return lambda setting: monkeypatch.setenv(device_slots.SETTING, setting)


def on(device, *names):
    """Queues runs that ask for a device."""
    return queue.add([
        NewRun(Recipe(name=name, train=TrainSpec(threads=1, device=device)), name)
        for name in names
    ])


def new(device, name):
    return folder.create_run(Recipe(name=name, train=TrainSpec(threads=1, device=device)))


def worker_of(run):
    until(lambda: status(run).status == "running", run.name)
    return psutil.Process(run.launch()["pid"])


# --- starting ----------------------------------------------------------------------------


def test_a_worker_sees_its_gpu_alone_and_the_next_one_gets_the_other(devices):
    devices("cuda:0,cuda:1")
    runs = [new("auto", "one"), new("cuda", "two"), new("auto", "three"), new("cpu", "four")]
    supervisor.start(runs[0])
    supervisor.start(runs[1])
    with pytest.raises(ThawError, match="one|two"):
        supervisor.start(runs[2])
    supervisor.start(runs[3])
    seen = [worker_of(run).environ()["CUDA_VISIBLE_DEVICES"] for run in
            (runs[0], runs[1], runs[3])]
    assert seen == ["0", "1", ""]
    assert [run.launch().get("devices") for run in (runs[0], runs[1], runs[3])] == [
        ["cuda:0"], ["cuda:1"], ["cpu"],
    ]
    supervisor.stop(runs[0])
    ends_as(runs[0], "stopped")
    supervisor.start(runs[2])
    assert worker_of(runs[2]).environ()["CUDA_VISIBLE_DEVICES"] == "0"


def test_a_run_goes_on_on_whichever_gpu_is_free(devices):
    devices("cuda:0,cuda:1")
    first, second, third = (new("auto", name) for name in ("first", "second", "third"))
    supervisor.start(first)
    supervisor.start(second)
    ends_as(second, "running")
    supervisor.stop(second)
    ends_as(second, "stopped")
    supervisor.start(third)
    with pytest.raises(ThawError, match="first|third"):
        supervisor.resume(second)
    ends_as(first, "running")
    supervisor.stop(first)
    ends_as(first, "stopped")
    supervisor.resume(second)
    assert worker_of(second).environ()["CUDA_VISIBLE_DEVICES"] == "0"


def test_a_machine_of_one_cpu_leaves_the_environment_alone(devices, monkeypatch):
    monkeypatch.delenv(device_slots.SETTING)
    monkeypatch.setenv("PATH", "")
    device_slots._listed.cache_clear()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    run = new("auto", "one")
    supervisor.start(run)
    assert worker_of(run).environ()["CUDA_VISIBLE_DEVICES"] == "5"
    device_slots._listed.cache_clear()


def test_of_many_starters_at_once_as_many_win_as_there_are_slots(devices):
    devices("cpu,cpu")
    runs = [new("auto", f"run {n}") for n in range(6)]

    def start(run):
        try:
            supervisor.start(run)
        except ThawError as error:
            return error.problem.id
        return "started"

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(start, runs))
    assert sorted(said) == ["runs.device_busy"] * 4 + ["started"] * 2
    assert len(running_runs()) == 2


# --- who holds what ----------------------------------------------------------------------


def lives(run, **launch):
    """Lets a process hold the run, launched by somebody who says so."""
    portable.write_json(run.path / "launch.json", {"pid": 0, "attempt": 1, **launch})
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run.path / "lock")], stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    return holder


@pytest.mark.parametrize(("launch", "attempt", "slots"), [
    ({"devices": ["cuda:1"]}, 1, ["cuda:1"]),
    ({}, 1, ["cuda:0", "cuda:1"]),  # of an older Thaw
    ({"devices": ["cuda:1"]}, 2, ["cuda:0", "cuda:1"]),  # resumed in somebody's foreground
    ({"devices": "cuda:1"}, 1, ["cuda:0", "cuda:1"]),
])
def test_a_run_that_does_not_say_what_it_holds_holds_all_of_its_kind(
    devices, launch, attempt, slots
):
    devices("cuda:0,cuda:1")
    run = new("auto", "one")
    portable.write_json(run.path / "state.json", {"status": "running", "attempt": attempt})
    holder = lives(run, **launch)
    try:
        assert device_use.held() == [Held(run, tuple(slots))]
        is_free = slots == ["cuda:1"]
        assert device_use.in_the_way(Recipe()) == ([] if is_free else [run])
        assert device_use.in_the_way(Recipe(train=TrainSpec(device="cpu"))) == []
    finally:
        holder.kill()
        holder.communicate()
    assert device_use.held() == []


def test_a_foreground_run_holds_the_first_device_that_its_process_sees(devices):
    devices("cuda:1,cuda:2")
    run = new("auto", "one")
    launching.write_launch(run)
    assert device_use.held() == [Held(run, ("cuda:1",))]
    (run.path / "launch.json").unlink()  # or this process would be ended as its worker


def test_what_is_held_on_a_device_that_is_gone_is_in_nobodys_way(devices):
    devices("cuda:0")
    held = [Held(new("auto", "one"), ("cuda:3",))]
    assert device_use.free("cuda", held) == ("cuda:0",)
    full = [*held, Held(new("auto", "two"), ("cuda:0",)), Held(new("auto", "3"), ("cuda:0",))]
    assert device_use.free("cuda", full) == ()


def test_a_run_on_two_gpus_needs_two_different_ones(devices):
    devices("cuda:0,cuda:0,cuda:1")
    first = Held(new("auto", "one"), ("cuda:1",))
    assert device_use.free("cuda", [first]) == ("cuda:0", "cuda:0")
    assert device_use.fits(Need("cuda"), [first])
    assert not device_use.fits(Need("cuda", 2), [first])
    assert device_use.fits(Need("cuda", 2), [])


# --- the queue ---------------------------------------------------------------------------


def test_two_run_at_once_and_the_third_starts_when_one_ends(devices):
    devices("cpu,cpu")
    first, second, third, fourth = add("first", "second", "third", "fourth")
    queue.keep_going()
    ends_as(first, "running")
    ends_as(second, "running")
    time.sleep(0.5)
    assert [status(run).status for run in (first, second)] == ["running"] * 2
    assert queue.waiting() == [third, fourth]
    supervisor.stop(second)
    ends_as(third, "running")
    assert status(first).status == "running"
    assert status(fourth).status == "queued"
    assert launched_at(first) < launched_at(second) < launched_at(third)


def test_a_run_that_waits_for_a_gpu_does_not_hold_up_one_for_the_cpu(devices):
    devices("cuda:0")
    (under_way, waits), (cpu, cpu_next) = on("auto", "first", "waits"), on("cpu", "cpu", "next")
    queue.keep_going()
    ends_as(cpu, "running")
    ends_as(under_way, "running")
    time.sleep(0.5)
    assert queue.waiting() == [waits, cpu_next]
    supervisor.stop(under_way)
    ends_as(waits, "running")
    assert queue.waiting() == [cpu_next]


def test_one_that_comes_later_finds_its_free_device(devices):
    devices("cuda:0")
    on("auto", "first", "waits")
    queue.keep_going()
    queue_pid()
    (late,) = on("cpu", "end late")
    queue.keep_going()
    ends_as(late, "finished")


def test_nobody_overtakes_a_run_that_needs_two_gpus(devices, monkeypatch):
    devices("cuda:0,cuda:1")
    under_way, both, single, cpu = *on("cuda", "under way", "both", "single"), *on("cpu", "cpu")
    need_of = device_use.need_of
    monkeypatch.setattr(
        device_use, "need_of", lambda run: Need("cuda", 2) if run == both else need_of(run)
    )
    supervisor.start(under_way)
    assert queue.next_to_start() == cpu
    queue.move(single, 1)
    assert queue.next_to_start() == single
    queue.move(both, 1)
    supervisor.start(cpu)
    assert queue.next_to_start() is None
    ends_as(under_way, "running")
    supervisor.stop(under_way)
    ends_as(under_way, "stopped")
    assert queue.next_to_start() == both


def test_a_move_and_a_pause_hold_on_several_devices(devices):
    devices("cpu,cpu")
    first, second, third, fourth = add("first", "second", "third", "fourth")
    queue.keep_going()
    ends_as(second, "running")
    ends_as(first, "running")
    queue.move(fourth, 1)
    queue.pause()
    until(lambda: not queue.is_working(), "a paused queue needs no process")
    supervisor.stop(first)
    supervisor.stop(second)
    ends_as(first, "stopped")
    ends_as(second, "stopped")
    assert queue.waiting() == [fourth, third]
    queue.unpause()
    queue.keep_going()
    ends_as(third, "running")
    assert launched_at(fourth) < launched_at(third)


def test_a_queue_killed_with_two_under_way_starts_no_third_beside_them(devices):
    """As after a restart of the app: nothing is remembered but what the folders say."""
    devices("cpu,cpu")
    first, second, third = add("first", "second", "end third")
    queue.keep_going()
    ends_as(first, "running")
    ends_as(second, "running")
    os.kill(queue_pid(), signal.SIGKILL)
    until(lambda: not queue.is_working(), "the lock is free at once")
    assert [status(run).status for run in (first, second)] == ["running"] * 2
    restarted = (
        "from core.runs import queue\n"
        f"import sys; queue._command = lambda: [sys.executable, '-c', {QUEUE!r}]\n"
        "queue.keep_going()\n"
    )
    subprocess.run([sys.executable, "-c", restarted], check=True, timeout=60)
    queue_pid()
    time.sleep(0.5)
    assert status(third).status == "queued"
    supervisor.stop(second)
    ends_as(third, "finished")
    assert status(first).status == "running"


def test_unreadable_and_failing_runs_hold_no_slot(devices):
    devices("cpu,cpu")
    early, broken, first, second, last = add("early", "broken", "first", "second", "end last")
    (broken.path / "recipe.json").write_text("{}x")
    queue.keep_going()
    ends_as(first, "running")
    ends_as(second, "running")
    assert [status(run).status for run in (early, broken)] == ["crashed"] * 2
    supervisor.stop(first)
    ends_as(last, "finished")


def test_starts_are_expected_for_each_device(devices):
    devices("cuda:0,cuda:1")
    recipes = {name: Recipe(train=TrainSpec(device=name, epochs=10)) for name in ("cuda", "cpu")}
    for recipe in recipes.values():
        ended = folder.create_run(recipe)
        state = {"status": "finished", "attempt": 1, "epoch": 10, "seconds": 50.0}
        portable.write_json(ended.path / "state.json", state)
        portable.write_json(ended.path / "launch.json", {"time": time.time() - 60.0, "attempt": 1})
    waiting = queue.add([NewRun(recipes[name], name) for name in ("cuda", "cpu", "cuda", "cuda")])
    under_way = folder.create_run(recipes["cuda"])
    portable.write_json(under_way.path / "state.json", {
        "status": "running", "attempt": 1, "epoch": 9, "seconds": 45.0, "eta_seconds": 5.0,
    })
    holder = lives(under_way, devices=["cuda:1"])
    try:
        now = time.time()
        starts = [at.start - now for at in expected.of_queue(waiting)]
    finally:
        holder.kill()
        holder.communicate()
    assert starts == pytest.approx([0, 0, 5, 60], abs=3)


def test_a_setting_that_names_no_device_is_said_and_starts_nothing(devices):
    (run,) = add("first")
    devices("gpus")
    done = subprocess.run(
        [sys.executable, "-m", "core", "queue", "--json"], capture_output=True, text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "THAW_DEVICES is “gpus”" in done.stderr
    devices("cpu")
    assert status(run).status == "queued"


def test_the_commands_say_the_devices(devices, capsys):
    from tests.core.commands.test_commands import answered, written

    devices("cuda:0,cpu,cpu")
    (under_way, waits), (cpu,) = on("auto", "first", "waits"), on("cpu", "cpu")
    supervisor.start(under_way)
    ends_as(under_way, "running")
    found = answered(capsys, "queue", "--list")
    assert found["devices"] == [
        {"device": "cuda:0", "takes": 1, "runs": [under_way.id]},
        {"device": "cpu", "takes": 2, "runs": []},
    ]
    assert [row["device"] for row in found["waiting"]] == ["cuda", "cpu"]
    assert f"{cpu.id}  cpu  (on cpu)" in written(capsys, "queue", "--list")
    held = {row["run"]: row["devices"] for row in answered(capsys, "runs")["runs"]}
    assert held == {under_way.id: ["cuda:0"], waits.id: [], cpu.id: []}
