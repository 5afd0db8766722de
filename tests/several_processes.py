"""The whole suite in several processes; a test that looks at the clock has the machine for itself.

`fcntl` is imported where it is used: there is none on Windows, where one process runs all tests.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core import portable

_MOST = 4  # each has torch imported, and starts servers and workers beside it


def is_one_of_several() -> bool:
    """Whether this process runs a part of the tests, beside others."""
    return "PYTEST_XDIST_WORKER" in os.environ


def how_many(config: pytest.Config) -> int:
    """How many processes run the tests; 0 is this one, which a debugger and `-s` want.

    One where only some files are asked for, and where there is a GPU: what a test measures on it
    is not to share it.
    """
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if not whole or sys.platform == "win32" or shutil.which("nvidia-smi"):
        return 0
    return min(portable.cores(), _MOST)


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
