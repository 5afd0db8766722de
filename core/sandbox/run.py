"""Runs a job in a box and reads its answer; whatever the code does, the end is a sentence."""

import atexit
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from core import places
from core.messages import ThawError
from core.sandbox import bubblewrap
from core.sandbox.environment import PROJECT, environment, others
from core.sandbox.job import Job, Reply, held_at_begin, lay_down, unpacked
from core.sandbox.limits import Limits
from core.sandbox.spare import Box, Spare, new_folder
from core.sandbox.warm import CAN_FORK, IMPORTS, WarmServer
from core.sandbox.watch import End, blame

_AT_ONCE = threading.BoundedSemaphore(2)  # each holds a processor and half a gigabyte
_PATIENCE = 30.0
_ANYBODYS = {"PWD", "LC_CTYPE"}  # variables that a child sets by itself
_WARM = WarmServer()
_SPARES: dict[Box, Spare] = {}
_LOCK = threading.Lock()  # of the spares


def run(job: Job, box: Box, limits: Limits | None = None) -> Reply:
    """Does a job in a box; nothing of it is left behind.

    Args:
        box: If it can't be had the job is refused: no other takes its place.

    Raises:
        ProgramError: As the program raised it.
        ThawError: If it took more than it may, or ended without an answer; or the box can't be
            had.
    """
    limits = limits or Limits()
    with _one_of_two():
        try:
            if box == "limits" and CAN_FORK:
                end, said = _forked(job, limits), ""
            else:
                end, said = _by_spare(_take(box), job, limits)
        except OSError as error:
            why = error.strerror or str(error)
            raise ThawError("sandbox.unstartable", why=why) from None
    return _read(end, said, limits)


def prepare(box: Box) -> None:
    """Lets a process import torch ahead of the next job; returns at once.

    It holds a quarter of a gigabyte, ends with this process, and after ten idle minutes.
    """
    with suppress(OSError):  # then the job says so
        if box == "limits" and CAN_FORK:
            _WARM.start()
            return
        with _LOCK:
            if not (box in _SPARES and _SPARES[box].lives()):
                _drop(box)
                _SPARES[box] = Spare(box, IMPORTS)


def close() -> None:
    """Ends the processes that wait for jobs."""
    _WARM.close()
    with _LOCK:
        for box in list(_SPARES):
            _drop(box)


atexit.register(close)


def _forked(job: Job, limits: Limits) -> End:
    folder = new_folder()
    try:
        lay_down(folder, job)
        return _WARM.run(folder, limits, others(), patience=_PATIENCE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take(box: Box) -> Spare:
    """The one that waits, or a new one where none does; its job is its last."""
    with _LOCK:
        if box in _SPARES and _SPARES[box].lives():
            return _SPARES.pop(box)
        _drop(box)
    return Spare(box)


def _drop(box: Box) -> None:
    if spare := _SPARES.pop(box, None):
        spare.close()


def _by_spare(spare: Spare, job: Job, limits: Limits) -> tuple[End, str]:
    try:
        return spare.do(job, limits)
    finally:
        spare.close()


@contextmanager
def _one_of_two() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_PATIENCE):
        raise ThawError("sandbox.busy")
    try:
        yield
    finally:
        _AT_ONCE.release()


def _read(end: End, said: str, limits: Limits) -> Reply:
    if held_at_begin(end.data) is None:  # the code has not run yet: it is the box's fault
        raise ThawError("sandbox.unstartable", why=said[:200] or f"exit code {end.code}")
    if end.verdict != "ended" or b"\n" not in end.data.partition(b"\n")[2]:
        raise blame(end, limits)
    return unpacked(end.data, limits.answer_bytes)


# --- is bubblewrap what it should be -----------------------------------------------------------


@cache
def bubblewrap_problem() -> str | None:
    """What is wrong with bubblewrap here; None if it is there and holds. Tried once a process."""
    if bubblewrap.program() is None:
        return "it is not installed"
    with socket.create_server(("127.0.0.1", 0)) as listening, tempfile.TemporaryDirectory(
        prefix="self_test_", dir=places.cache_root()
    ) as outside:
        secret = Path(outside) / "secret"
        secret.write_text("secret")
        asked = {
            "secret": str(secret), "port": listening.getsockname()[1], "project": str(PROJECT),
            "pid": os.getpid(),
            "variables": sorted(set(os.environ) - set(environment()) - _ANYBODYS),
        }
        job = Job("core.sandbox.self_test", asked)
        try:  # in one of its own, that does not wait for torch
            holes = _read(*_by_spare(Spare("bubblewrap"), job, Limits()), Limits()).value
        except (ThawError, OSError) as error:
            return f"its self-test failed: {error}".rstrip(".")
    return f"its self-test failed: {holes[0]}" if holes else None
