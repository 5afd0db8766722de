"""A process that has torch imported: it forks a worker for each attempt, and kills it on the way.

Importing torch takes seconds, a fork takes milliseconds. It never starts a second thread, nor
computes anything, so what it forks is as good as a fresh process.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_LOOK_SECONDS = 0.002


@dataclass(frozen=True)
class Moment:
    """When a worker is killed; by what it did, so that a busy machine moves nothing.

    Attributes:
        records: It has made as many.
        writing: And then a checkpoint is being written.
        seconds: And then these have gone by.
    """

    records: int
    writing: bool
    seconds: float


class ForkServer:
    """The process, seen from a test."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    def killed(self, run: Path, moment: Moment | None, save_seconds: float) -> bool:
        """Works on a run in a child; returns whether it was killed before it ended.

        Args:
            moment: None: it works to its end.
            save_seconds: Between two checkpoints within an epoch.
        """
        asked = {"run": str(run), "moment": moment and vars(moment), "save_seconds": save_seconds}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Ends it."""
        self._process.communicate()


def _serve() -> None:
    import sklearn.datasets  # noqa: F401 - what each child would import first
    import torch

    from core.training import worker  # noqa: F401

    torch.set_num_threads(1)
    gc.freeze()  # a collection in a child would copy every page of what was imported
    for line in sys.stdin:
        print(json.dumps(_attempt(json.loads(line))), flush=True)


def _attempt(asked: dict) -> bool:
    run = Path(asked["run"])
    before = _records(run)
    pid = os.fork()
    if pid == 0:
        try:
            _work(run, asked["save_seconds"])
        finally:
            os._exit(0)
    # Until it is waited for, its number is its own: the kill can hit nobody else.
    if asked["moment"]:
        moment = Moment(**asked["moment"])
        _until(lambda: _records(run) >= before + moment.records, pid)
        if moment.writing:
            _until(lambda: any((run / "checkpoints").glob("checkpoint_*.part")), pid)
        ends = time.perf_counter() + moment.seconds
        _until(lambda: time.perf_counter() >= ends, pid)
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def _until(happened: Callable[[], bool], pid: int) -> None:
    """Waits for it, or for the end of the process."""
    while not happened() and not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        time.sleep(_LOOK_SECONDS)


def _records(run: Path) -> int:
    try:
        return (run / "metrics.jsonl").read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def _work(path: Path, save_seconds: float) -> None:
    from core.runs.folder import Run
    from core.training import report, worker

    log = os.open(path / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):  # standard output is how the server answers
        os.dup2(log, stream)
    report._SAVE_SECONDS = save_seconds
    run = Run(path)
    worker.work(run, resume=run.state() is not None, say=print)


if __name__ == "__main__":
    _serve()
