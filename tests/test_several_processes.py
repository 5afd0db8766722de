"""How tests of several processes wait for each other."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests import several_processes
from tests.several_processes import SETTING, turn

pytest.importorskip("fcntl", reason="one process runs all tests on Windows")

SOON, NEVER = 20, 0.2  # seconds


class Other:
    """A test elsewhere, that takes its turn and holds it until it is let go."""

    def __init__(self, folder: Path, alone: bool) -> None:
        self.is_in, self.may_end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(folder, alone), daemon=True)
        self._thread.start()

    def _run(self, folder: Path, alone: bool) -> None:
        with turn(folder, alone):
            self.is_in.set()
            self.may_end.wait(SOON)

    def end(self) -> None:
        self.may_end.set()
        self._thread.join(SOON)


def is_door_held(folder: Path) -> bool:
    import fcntl

    with open(folder / "door.lock", "w") as door:
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_most_run_side_by_side(tmp_path: Path) -> None:
    others = [Other(tmp_path, alone=False) for _ in range(3)]
    assert all(other.is_in.wait(SOON) for other in others)
    for other in others:
        other.end()


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (True, True)])
def test_one_that_runs_alone_and_another_wait_for_each_other(tmp_path, first, second) -> None:
    one = Other(tmp_path, first)
    assert one.is_in.wait(SOON)
    other = Other(tmp_path, second)
    assert not other.is_in.wait(NEVER)
    one.end()
    assert other.is_in.wait(SOON)
    other.end()


def test_nobody_goes_in_before_one_that_waits_for_the_empty_room(tmp_path: Path) -> None:
    one = Other(tmp_path, alone=False)
    assert one.is_in.wait(SOON)
    alone = Other(tmp_path, alone=True)
    ends = time.monotonic() + SOON
    while not is_door_held(tmp_path) and time.monotonic() < ends:
        time.sleep(0.01)
    assert not alone.is_in.is_set()
    late = Other(tmp_path, alone=False)
    assert not late.is_in.wait(NEVER)
    one.end()
    assert alone.is_in.wait(SOON) and not late.is_in.is_set()
    alone.end()
    assert late.is_in.wait(SOON)
    late.end()


def test_a_pytest_that_a_test_starts_is_none_of_the_several(monkeypatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider",
         f"{__file__}::test_most_run_side_by_side"],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=120,
    )
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize(("said", "many"), [("", 0), ("0", 0), (" 3 ", 3)])
def test_the_setting_is_a_number_of_processes(monkeypatch, said: str, many: int) -> None:
    monkeypatch.setenv(SETTING, said)
    assert several_processes.asked_for() == many


@pytest.mark.parametrize("said", ["many", "-1", "2.5", "auto"])
def test_what_is_no_number_of_processes_is_said(monkeypatch, said: str) -> None:
    monkeypatch.setenv(SETTING, said)
    with pytest.raises(pytest.UsageError, match=f"{SETTING} is “{said}”: set it to a number"):
        several_processes.asked_for()


def test_without_xdist_one_process_runs_all_tests() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist",
         f"{__file__}::test_most_run_side_by_side"],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=120,
    )
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout[-3000:] + done.stderr
