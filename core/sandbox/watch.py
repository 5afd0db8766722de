"""Watching a child from outside: until it ends, or takes more than it may; then all of it ends."""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import psutil

from core import portable
from core.messages import ThawError
from core.sandbox.job import held_at_begin
from core.sandbox.limits import Limits, held_by, spelled

START_SECONDS = 90.0  # until torch is imported, from a cold disk and on a busy computer
_TICK = 0.02
END_SECONDS = 5.0  # until killed processes are gone
_LOOK = 0.05  # between two looks at all its processes
_FLOOR = 250_000_000  # free memory below which the computer itself is in danger

Verdict = Literal["ended", "time", "memory", "processes", "machine", "answer"]


@dataclass(frozen=True)
class End:
    """How a child ended, and what came through its pipe.

    Attributes:
        verdict: "ended" by itself, else what it took too much of.
        code: Its exit code; negative is a signal.
    """

    verdict: Verdict
    code: int
    data: bytes


class Watch:
    """One child, read and watched until it has ended."""

    def __init__(
        self, child: Any, limits: Limits, orphaned: Callable[[], bool] = lambda: False,
        family: Callable[[], list[psutil.Process]] | None = None,
    ) -> None:
        """Takes a child.

        Args:
            child: With `pid`, `stdout`, and `poll` and `wait` as a `subprocess.Popen` has them.
            orphaned: Whether whoever waits for the answer is gone.
            family: The child and whatever it started, also where that lost its parent; None
                for what lies below it.
        """
        self._child, self._limits, self._orphaned = child, limits, orphaned
        self._family = family or (lambda: tree(child.pid))
        self._base = 0  # bytes that it holds when its program begins: Python and torch
        self._received = bytearray()
        self._known: set[psutil.Process] = set()

    def attend(self) -> End:
        """Reads its answer, and ends it and all that it started."""
        reader = threading.Thread(target=self._read, daemon=True)
        reader.start()
        verdict = self._until_it_ends()
        self._end()
        reader.join(END_SECONDS)
        code = self._child.poll()
        return End(verdict, -9 if code is None else code, bytes(self._received))

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while not self._too_large() and (data := os.read(self._child.stdout.fileno(), 65536)):
                self._received += data

    def _too_large(self) -> bool:
        return len(self._received) > self._limits.answer_bytes

    def _until_it_ends(self) -> Verdict:
        until = time.monotonic() + START_SECONDS
        begun, look_at = False, 0.0
        while self._child.poll() is None:
            now = time.monotonic()
            if not begun and (held := held_at_begin(self._received)) is not None:
                begun, until = True, now + self._limits.seconds
                self._base = held
            if now > until or self._orphaned():
                return "time"
            if self._too_large():
                return "answer"
            if begun and now > look_at:
                if verdict := self._too_much():
                    return verdict
                look_at = now + _LOOK
            time.sleep(_TICK)
        return "answer" if self._too_large() else "ended"

    def _too_much(self) -> Verdict | None:
        """What the child takes too much of, all its processes together."""
        processes = self._family()
        self._known.update(processes)
        if len(processes) > self._limits.processes:
            return "processes"
        if sum(max(0, held_by(one) - self._base) for one in processes) > self._limits.memory:
            return "memory"
        return "machine" if portable.available_memory() < _FLOOR else None

    def _end(self) -> None:
        """Ends the child, its group and whatever it started, and waits until all are gone."""
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                os.killpg(self._child.pid, signal.SIGKILL)  # at once: none of them forks on
        until = time.monotonic() + END_SECONDS
        while time.monotonic() < until:
            self._known.update(self._family())
            living = [process for process in self._known if _lives(process)]
            if not living:
                break
            for process in living:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            time.sleep(0.002)
        with contextlib.suppress(Exception):
            self._child.wait(END_SECONDS)


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it; empty if it is gone."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.Error:
        return []


def _lives(process: psutil.Process) -> bool:
    """Whether it runs; one that has ended and waits for its parent to notice does not."""
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def blame(end: End, limits: Limits) -> ThawError:
    """Why a child that began its program gave no answer."""
    if end.verdict == "time":
        return ThawError("sandbox.took_too_long", seconds=limits.seconds)
    if end.verdict == "memory":
        return ThawError("sandbox.too_much_memory", limit=spelled(limits.memory))
    if end.verdict == "processes":
        return ThawError("sandbox.too_many_processes", limit=limits.processes)
    if end.verdict == "machine":
        return ThawError("sandbox.machine_full")
    if end.verdict == "answer":
        return ThawError("sandbox.too_large", limit=spelled(limits.answer_bytes))
    number = -end.code if end.code < 0 else end.code - 128  # bubblewrap says it as a shell does
    if number == getattr(signal, "SIGXCPU", None):
        return ThawError("sandbox.took_too_long", seconds=limits.seconds)
    with contextlib.suppress(ValueError):
        return ThawError("sandbox.crashed", signal=signal.Signals(number).name)
    return ThawError("sandbox.ended_itself", code=end.code)
