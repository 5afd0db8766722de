"""Jobs outside the app: workers of a DataLoader must never be the server's children.

One process that has torch imported waits for jobs and forks a child for each, side by side, so
an answer takes a tenth of a second instead of four. Each child leads a session of its own, which
is killed whole when the job has ended, is late, takes too much memory, is not wanted any more,
or when whoever asked is gone. Where a process can't be forked safely (macOS, Windows) each job
is a process of its own. Jobs and answers are files in a folder: nothing is unpickled.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from core import places, portable
from core.data import child_server
from core.messages import Problem, ThawError

MEMORY = 2 * 2**30  # bytes beyond what the waiting process holds, in all processes of a job
_START_SECONDS = 60.0  # importing torch from a cold disk
_PROJECT = Path(__file__).parents[2]
_CAN_FORK = sys.platform == "linux"

_T = TypeVar("_T")


def read_json(folder: Path) -> dict[str, Any]:
    """The answer that `write_answer` wrote; an empty dict if there is none."""
    return portable.read_json(folder / "answer.json") or {}


def write_answer(folder: Path, answer: Mapping[str, Any]) -> None:
    """Writes a job's answer as JSON, whole."""
    portable.write_json(folder / "answer.json", dict(answer))


@dataclass
class _Waiting:
    """Somebody who waits for a job of a waiting process: how it ended, once it has."""

    server: subprocess.Popen | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    verdict: child_server.Verdict = "gone"


class Children:
    """Runs jobs in children of a process that waits; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: subprocess.Popen | None = None
        self._waiting: dict[int, _Waiting] = {}
        self._numbers = itertools.count()

    def run(
        self,
        job: str,
        values: Mapping[str, Any],
        *,
        seconds: float,
        read: Callable[[Path], _T] = read_json,
        memory: int = MEMORY,
        cancel: threading.Event | None = None,
    ) -> _T:
        """Does a job and reads its answer.

        Args:
            job: A key of `child_server.JOBS`.
            values: What it needs, as JSON can say it.
            seconds: After which it is ended.
            read: From the job's folder to the answer; the folder is gone afterwards.
            memory: Bytes that it may take, with all that it starts.
            cancel: Ends the job when it is set.

        Raises:
            ThawError: If the job raised one, failed, took too long or too much memory, was
                cancelled, or its process ended.
        """
        folder = Path(tempfile.mkdtemp(prefix="job_", dir=places.cache_root()))
        try:
            asked = {"job": job, "values": dict(values), "memory": memory}
            portable.write_json(folder / "job.json", asked)
            if _CAN_FORK:
                verdict = self._asked(folder, seconds, memory, cancel)
            else:
                verdict = _run_once(folder, seconds, cancel)
            _raise_if_failed(folder, verdict, seconds, memory)
            return read(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def start(self) -> None:
        """Lets the waiting process import torch, if there is none yet; returns at once."""
        if _CAN_FORK:
            with self._lock:
                self._running()

    def close(self) -> None:
        """Ends the waiting process and every job."""
        with self._lock:
            server, self._server = self._server, None
        self._wake(server, "cancelled")  # or who waits would start another one
        if server is not None:
            server.stdin.close()  # it ends its jobs, then itself
            with suppress(subprocess.TimeoutExpired):
                server.wait(5)
            server.kill()
            server.wait()

    def _asked(
        self, folder: Path, seconds: float, memory: int, cancel: threading.Event | None
    ) -> child_server.Verdict:
        for _ in range(2):  # a waiting process that was killed between two jobs: a new one
            number, waiting = next(self._numbers), _Waiting()
            asked = {"id": number, "folder": str(folder), "seconds": seconds, "memory": memory}
            try:
                self._send(asked, waiting)
            except OSError:
                continue
            until = time.monotonic() + seconds + _START_SECONDS
            while not waiting.ended.wait(0.1 if cancel else 1.0):
                if (cancel and cancel.is_set()) or time.monotonic() > until:
                    with suppress(OSError):
                        self._send({"end": number}, None)
                    waiting.ended.wait(5)
                    return "cancelled" if cancel and cancel.is_set() else "late"
            if waiting.verdict != "gone":
                return waiting.verdict
        return "gone"

    def _send(self, said: Mapping[str, Any], waiting: _Waiting | None) -> None:
        with self._lock:
            server = self._running()
            if waiting:
                waiting.server = server
                self._waiting[said["id"]] = waiting
            server.stdin.write(json.dumps(said).encode() + b"\n")
            server.stdin.flush()

    def _running(self) -> subprocess.Popen:
        if self._server is None or self._server.poll() is not None:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "core.data.child_server"], cwd=_PROJECT,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={**os.environ, "OMP_NUM_THREADS": "1"}, start_new_session=True,
            )
            threading.Thread(target=self._listen, args=(self._server,), daemon=True).start()
        return self._server

    def _listen(self, server: subprocess.Popen) -> None:
        """Tells those who wait how their jobs ended, as long as this process lives."""
        for line in server.stdout:
            said = json.loads(line)
            if waiting := self._waiting.pop(said["id"], None):
                waiting.verdict = said["verdict"]
                waiting.ended.set()
        server.wait()
        self._wake(server, "gone")

    def _wake(self, server: subprocess.Popen | None, verdict: child_server.Verdict) -> None:
        """Tells those who wait for jobs of a process that it is no more."""
        with self._lock:
            left = [number for number, one in self._waiting.items() if one.server is server]
            waiting = [self._waiting.pop(number) for number in left]
        for one in waiting:
            one.verdict = verdict
            one.ended.set()


def _run_once(
    folder: Path, seconds: float, cancel: threading.Event | None
) -> child_server.Verdict:
    """The job in a process that is started for it alone."""
    import psutil

    process = subprocess.Popen(
        [sys.executable, "-m", "core.data.child_server", str(folder)], cwd=_PROJECT,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + seconds + _START_SECONDS
    while time.monotonic() < until and not (cancel and cancel.is_set()):
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
            return "ended"
    with suppress(psutil.Error):
        for one in (*psutil.Process(process.pid).children(recursive=True), process):
            one.kill()
    process.wait()
    return "cancelled" if cancel and cancel.is_set() else "late"


def _raise_if_failed(
    folder: Path, verdict: child_server.Verdict, seconds: float, memory: int
) -> None:
    # What the job said itself counts before how its process ended.
    if raised := portable.read_json(folder / "raised.json"):
        problem = Problem.from_dict(raised)
        raise ThawError(problem.id, **problem.values)
    if verdict == "late":
        raise ThawError("child.late", seconds=seconds)
    if verdict == "memory":
        raise ThawError("child.memory", gigabytes=memory / 2**30)
    if verdict == "cancelled":
        raise ThawError("child.cancelled")
    if verdict == "gone" or not (folder / "answer.json").exists():
        raise ThawError("child.ended")
