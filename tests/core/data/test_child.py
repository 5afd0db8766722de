"""Jobs in children: every way in which they end, and nothing that is left behind."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from core import places
from core.data import child
from core.data.child import Children
from core.messages import ThawError

JOBS = ("echo", "refuse", "fail", "die", "hang", "eat", "eat_at_once")
# The waiting process with this file's jobs in its table.
SERVER = f"""
from core.data import child_server
child_server.JOBS.update({{name: f"tests.core.data.child_jobs:{{name}}" for name in {JOBS!r}}})
child_server.serve()
"""


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    found = Children()
    patch = pytest.MonkeyPatch()
    popen = child.subprocess.Popen
    patch.setattr(
        child.subprocess, "Popen",
        lambda command, **rest: popen(
            # One that is to do a job alone is told its folder.
            command if len(command) > 3 else [command[0], "-c", SERVER], **rest
        ),
    )
    yield found
    found.close()
    patch.undo()


def family(children: Children) -> list[psutil.Process]:
    return psutil.Process(children._server.pid).children(recursive=True)


def nobody_is_left(children: Children) -> bool:
    until = time.monotonic() + 10
    while family(children) and time.monotonic() < until:
        time.sleep(0.02)
    return not family(children) and not any(places.cache_root().iterdir())


def test_answers_come_side_by_side_from_sessions_of_their_own(children):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(
            lambda number: children.run("echo", {"number": number}, seconds=60), range(24)
        ))
    assert [answer["number"] for answer in answers] == list(range(24))
    assert len({answer["pid"] for answer in answers}) == 24
    assert all(answer["session"] == answer["pid"] for answer in answers)
    assert nobody_is_left(children)


@pytest.mark.parametrize(
    ("job", "id", "words"),
    [
        ("refuse", "data.unknown", "nowhere"),
        ("fail", "child.failed", "ZeroDivisionError: by nothing"),
        ("die", "child.ended", "without an answer"),
        ("unknown", "child.failed", "KeyError"),
        ("eat_at_once", "child.memory", "2 GB"),
    ],
)
def test_what_goes_wrong_is_a_sentence(children, job, id, words):
    with pytest.raises(ThawError, match=words) as caught:
        children.run(job, {"name": "nowhere", "known": "home"}, seconds=60)
    assert caught.value.problem.id == id
    assert nobody_is_left(children)


def test_a_job_that_is_late_ends_with_all_that_it_started(children):
    children.run("echo", {}, seconds=60)
    with pytest.raises(ThawError, match=r"longer than 0\.5 s"):
        children.run("hang", {}, seconds=0.5)
    assert nobody_is_left(children)


def test_memory_is_counted_over_all_processes_of_a_job(children):
    with pytest.raises(ThawError) as caught:
        children.run("eat", {}, seconds=60, memory=200 * 2**20)
    assert caught.value.problem.id == "child.memory"
    assert nobody_is_left(children)


def test_a_job_is_cancelled_and_others_go_on(children):
    cancel = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        hanging = pool.submit(children.run, "hang", {}, seconds=60, cancel=cancel)
        assert children.run("echo", {"is": "there"}, seconds=60)["is"] == "there"
        cancel.set()
        assert hanging.exception(10).problem.id == "child.cancelled"
    assert nobody_is_left(children)


def test_a_killed_server_takes_its_jobs_along_and_is_started_again(children):
    children.run("echo", {}, seconds=60)
    before = children._server.pid
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(children.run, "hang", {}, seconds=5)
        while not family(children):
            time.sleep(0.01)
        started = family(children)
        os.kill(before, 9)
        children._server.wait()  # now the next one who asks starts a new process at once
        assert children.run("echo", {"is": "there"}, seconds=60)["is"] == "there"
        assert hanging.exception(20).problem.id == "child.late"  # asked once more of the new one
    assert children._server.pid != before
    until = time.monotonic() + 10
    while psutil.pid_exists(started[0].pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not psutil.pid_exists(started[0].pid)
    for one in started[1:]:  # a worker of a DataLoader would see that its parent is gone
        one.kill()


def test_closing_ends_the_jobs(children):
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(children.run, "hang", {}, seconds=5)
        while not (children._server and family(children)):
            time.sleep(0.01)
        started = family(children)
        children.close()
        assert hanging.exception(10).problem.id == "child.cancelled"
    assert children._server is None  # nobody started another one
    assert not any(psutil.pid_exists(one.pid) for one in started)


def test_where_nothing_can_be_forked_a_job_has_a_process_of_its_own(home, monkeypatch):
    monkeypatch.setattr(child, "_CAN_FORK", False)
    alone, cancel = Children(), threading.Event()
    iris = {"data": "iris", "loader": {"batch_size": 4}}
    assert alone.run("explore", iris, seconds=60)["samples"] == 150
    me = psutil.Process()
    before = set(me.children())
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(alone.run, "explore", iris, seconds=60, cancel=cancel)
        while not set(me.children()) - before:
            time.sleep(0.01)
        cancel.set()
        assert running.exception(20).problem.id == "child.cancelled"
    assert set(me.children()) == before and not any(places.cache_root().iterdir())
