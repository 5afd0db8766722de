"""A process that has torch imported waits for jobs and forks a child for each (Linux).

An answer takes a tenth of a second instead of the four that importing torch takes. Only for
the box without walls: children of one process could get at each other through it.
"""

import ctypes
import json
import os
import select
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from core.messages import ThawError
from core.sandbox.child import own_pipe, perform
from core.sandbox.environment import PROJECT, environment
from core.sandbox.limits import Limits
from core.sandbox.watch import END_SECONDS, START_SECONDS, End, Watch, tree

CAN_FORK = sys.platform == "linux"
IMPORTS = ("torch", "torchvision", "core.models.own_architecture_program")
_SUBREAPER = 36  # prctl's number for: whoever loses his parent below becomes a child of mine
_IDLE_SECONDS = 600.0  # it holds 0.3 GB
_LONGEST_LINE = 100_000_000


class WarmServer:
    """Runs jobs in children of a process that waits; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: subprocess.Popen | None = None

    def run(self, folder: Path, limits: Limits, others: int, *, patience: float) -> End:
        """Does the job in a folder.

        Args:
            patience: Seconds to wait for the job of another.

        Raises:
            ThawError: If another job takes longer, or the process can't be had.
        """
        if not self._lock.acquire(timeout=patience):
            raise ThawError("sandbox.busy")
        try:
            asked = {"folder": str(folder), "limits": vars(limits), "others": others}
            if end := self._ask(asked):
                return end
            self._end()  # the next job has a new one
            raise ThawError("sandbox.unstartable", why="the waiting process ended by itself")
        finally:
            self._lock.release()

    def start(self) -> None:
        """Lets the waiting process import torch, if there is none yet; returns at once."""
        if self._lock.acquire(blocking=False):  # else it is at work
            try:
                self._running()
            finally:
                self._lock.release()

    def close(self) -> None:
        """Ends the waiting process."""
        with self._lock:
            self._end()

    def _ask(self, asked: dict[str, Any]) -> End | None:
        try:
            server = self._running()
            server.stdin.write(json.dumps(asked).encode() + b"\n")
            server.stdin.flush()
            said = json.loads(_line_of(server, asked["limits"]["seconds"]))
            return End(said["verdict"], int(said["code"]), bytes.fromhex(said["data"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _running(self) -> subprocess.Popen:
        if self._server is None or self._server.poll() is not None:
            self._server = subprocess.Popen(
                [sys.executable, "-P", "-m", "core.sandbox.warm"], cwd=PROJECT,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment(), start_new_session=True,
            )
        return self._server

    def _end(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server.stdin.close()
            self._server.stdout.close()
            self._server = None


def _line_of(server: subprocess.Popen, seconds: float) -> bytes:
    """The server's next line; empty if it ended or says nothing for too long."""
    ready, _, _ = select.select([server.stdout], [], [], seconds + START_SECONDS + END_SECONDS)
    return server.stdout.readline(_LONGEST_LINE) if ready else b""


# --- in the process that waits ---------------------------------------------------------------


class _Forked:
    """A forked child with what `Watch` asks of a process."""

    def __init__(self, pid: int, stdout: Any) -> None:
        self.pid, self.stdout, self._code = pid, stdout, None

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        if self._code is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def wait(self, _seconds: float) -> int | None:
        """Its exit code, once it has ended: it was killed by then."""
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code


def _serve() -> None:
    import importlib

    parent = os.getppid()  # as long as it is this one, someone waits for the answer
    for name in IMPORTS:
        importlib.import_module(name)
    import torch

    torch.set_num_threads(1)  # a process with threads of its own must not be forked
    with suppress(OSError):
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    while line := _next_line():
        asked = json.loads(line)
        end = _forked(asked, Limits(**asked["limits"]), parent)
        said = {"verdict": end.verdict, "code": end.code, "data": end.data.hex()}
        print(json.dumps(said), flush=True)


def _next_line() -> bytes:
    """The next job; empty if whoever waits is gone, or nobody asked for long."""
    if not select.select([0], [], [], _IDLE_SECONDS)[0]:
        return b""
    return sys.stdin.buffer.readline()


def _forked(asked: dict[str, Any], limits: Limits, parent: int) -> End:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            pipe = own_pipe(writing)
            os.closerange(3, pipe)
            os.closerange(pipe + 1, 4096)
            work = Path(asked["folder"]) / "work"
            os.chdir(work)
            os.environ.update(HOME=str(work), TMPDIR=str(work))
            perform(Path(asked["folder"]), limits, asked["others"], pipe)
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb", buffering=0) as stdout:
        watch = Watch(_Forked(pid, stdout), limits, lambda: os.getppid() != parent, _family)
        end = watch.attend()
    _bury()
    return end


def _family() -> list[psutil.Process]:
    """The child, and what it started: without a parent it falls to us."""
    return tree(os.getpid())[1:]


def _bury() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    _serve()
