"""The whole suite in several processes; a test that looks at the clock has the machine for itself.

`fcntl` is imported where it is used: there is none on Windows, where one process runs all tests.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SETTING = "THAW_TEST_PROCESSES"


def is_one_of_several() -> bool:
    """Whether this process runs a part of the tests, beside others."""
    return "PYTEST_XDIST_WORKER" in os.environ


def how_many(config: pytest.Config) -> int:
    """How many processes run the tests: 0 is this one, which a debugger and `-s` want.

    As many as `THAW_TEST_PROCESSES` says, where the whole suite is asked for.

    Raises:
        pytest.UsageError: If that is no number of processes.
    """
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return asked_for() if whole and sys.platform != "win32" else 0


def asked_for() -> int:
    """What `THAW_TEST_PROCESSES` says; 0 where it is not set.

    Raises:
        pytest.UsageError: If that is no number of processes.
    """
    said = os.environ.get(SETTING, "").strip()
    if said and not said.isdecimal():
        raise pytest.UsageError(
            f"{SETTING} is “{said}”: set it to a number of processes, such as 3, or unset it."
        )
    return int(said or 0)


def add_missing_options(parser: pytest.Parser, manager: pytest.PytestPluginManager) -> None:
    """Takes the options of pyproject.toml that xdist would take; without it they do nothing."""
    if not manager.hasplugin("xdist"):
        group = parser.getgroup("xdist", "xdist is not there: one process runs all tests")
        group._addoption("-n")  # as xdist does it: others are refused lower-case letters
        group.addoption("--dist")
        group.addoption("--no-loadscope-reorder", action="store_true")


@contextmanager
def turn(folder: Path, alone: bool) -> Iterator[None]:
    """Waits until a test may run: one that runs alone for all others, and they for it.

    Args:
        folder: The same for each process.
        alone: No other test of the folder runs meanwhile.
    """
    import fcntl

    with open(folder / "door.lock", "w") as door, open(folder / "room.lock", "w") as room:
        # Who waits for the empty room holds the door, so that nobody goes in before it.
        fcntl.flock(door, fcntl.LOCK_EX)
        try:
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        finally:
            fcntl.flock(door, fcntl.LOCK_UN)
        try:
            yield
        finally:  # what the test forked has the file open still: closing it would not do
            fcntl.flock(room, fcntl.LOCK_UN)
