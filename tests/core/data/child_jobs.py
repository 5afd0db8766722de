"""Jobs that the tests of `core.data.child` ask for; they run in its children."""

import os
import time
from pathlib import Path

from core.data.child import write_answer
from core.messages import ThawError


def echo(folder: Path, values: dict) -> None:
    """Answers what it was given, and who it is."""
    print("this must not reach whoever asked")
    write_answer(folder, {**values, "pid": os.getpid(), "session": os.getsid(0)})


def refuse(folder: Path, values: dict) -> None:
    """Raises a problem of Thaw's."""
    raise ThawError("data.unknown", **values)


def fail(folder: Path, values: dict) -> None:
    """Raises something that nobody expects."""
    raise ZeroDivisionError("by nothing")


def die(folder: Path, values: dict) -> None:
    """Ends without a word."""
    os._exit(3)


def hang(folder: Path, values: dict) -> None:
    """Has a grandchild that hangs, and hangs."""
    pid = os.fork()
    (folder / f"{pid}.pid").write_text("")
    time.sleep(600)


def eat(folder: Path, values: dict) -> None:
    """Takes memory bit by bit in three processes, none of which takes too much alone."""
    for _ in range(2):
        os.fork()
    held = []
    for _ in range(80):
        held.append(os.urandom(1_000_000))
        time.sleep(0.01)
    time.sleep(600)


def eat_at_once(folder: Path, values: dict) -> None:
    """Asks for a hundred gigabytes."""
    import torch

    torch.ones(25_000_000_000)
