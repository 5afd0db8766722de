"""The process that waits for jobs and forks a child for each; `core.data.child` asks it."""

import importlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil

from core import portable
from core.messages import Problem, ThawError
from core.sandbox.limits import held_by

# A job is a function (folder, values) that writes its answer by `child.write_answer`. Its module
# is imported before the fork, so that a job begins at once.
JOBS: dict[str, str] = {
    "collate": "core.data.collate_trial_run:answer",
    "explore": "core.data.explore:answer",
    "lab": "core.data.lab.run:answer",
    "pipeline": "core.data.pipeline_run:answer",
    "pipeline_picture": "core.data.pipeline_run:picture_of",
    "race": "core.data.race:answer",
}

# ended: by itself, well or badly; gone: the waiting process ended first.
Verdict = Literal["ended", "late", "memory", "cancelled", "gone"]

_IMPORTS = ("torch", "torchvision.transforms.v2", "sklearn.datasets", "core.data.load")
_FAILED_ALLOCATION = "can't allocate memory"  # in what torch's own allocator raises
_IDLE_SECONDS = 1800.0  # it holds 0.7 GB
_LOOK_SECONDS = 0.004
_WEIGH_SECONDS = 0.5
_DIE_WITH_PARENT = 1  # prctl's number


@dataclass
class _Child:
    """A forked child at work."""

    number: int
    pid: int
    until: float
    memory: int
    weighed: float


def serve() -> None:
    """Does jobs until standard input ends, or nobody has asked for long."""
    import gc

    for name in (*_IMPORTS, *(target.partition(":")[0] for target in JOBS.values())):
        importlib.import_module(name)
    import torch

    torch.set_num_threads(1)  # a process with threads of its own must not be forked
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page of what was imported
    children: list[_Child] = []
    try:
        for lines in _lines(children):
            for line in lines:
                _obey(json.loads(line), children)
            for child in list(children):
                if verdict := _verdict(child):
                    children.remove(child)
                    _bury(child)
                    print(json.dumps({"id": child.number, "verdict": verdict}), flush=True)
    finally:
        for child in children:
            _bury(child)


def _lines(children: list[_Child]) -> Iterator[list[bytes]]:
    """What was said since the last look, over and over, until nobody is there any more."""
    heard = b""
    while True:
        patience = _LOOK_SECONDS if children else _IDLE_SECONDS
        lines: list[bytes] = []
        if select.select([0], [], [], patience)[0]:
            said = os.read(0, 65536)
            if not said:
                return
            *lines, heard = (heard + said).split(b"\n")
        elif not children:
            return
        yield lines


def _obey(said: dict[str, Any], children: list[_Child]) -> None:
    if "end" in said:
        for child in children:
            if child.number == said["end"]:
                child.until = 0.0
        return
    now = time.monotonic()
    pid = os.fork()
    if pid == 0:
        try:
            _alone()
            do_job(Path(said["folder"]))
        finally:
            os._exit(0)
    children.append(_Child(said["id"], pid, now + said["seconds"], said["memory"], now))


def _alone() -> None:
    """Makes this process one that hangs on nothing of the waiting one but its life."""
    import ctypes

    os.setsid()
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):  # standard output is how the waiting process answers
        os.dup2(nowhere, stream)


def _verdict(child: _Child) -> Verdict | None:
    """How a child ended; None while it may go on."""
    if os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        return "ended"  # not yet waited for, so that its number stays its own until it is buried
    now = time.monotonic()
    if now > child.until:
        return "late"
    if now > child.weighed + _WEIGH_SECONDS:
        child.weighed = now
        if _held(child.pid) > child.memory:
            return "memory"
    return None


def _held(pid: int) -> int:
    """Bytes that a child and all that it started hold beyond what each had from here."""
    from_here = held_by(psutil.Process())
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        family = (process, *process.children(recursive=True))
        return sum(max(held_by(one) - from_here, 0) for one in family)
    return 0


def _bury(child: _Child) -> None:
    """Ends a child with all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(child.pid, 0)


def do_job(folder: Path) -> None:
    """Does the job of a folder; what goes wrong becomes `raised.json`."""
    try:
        asked = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        module, _, name = JOBS[asked["job"]].partition(":")
        job = getattr(importlib.import_module(module), name)
        _limit_memory(asked["memory"])  # what is imported does not count
        job(folder, asked["values"])
    except ThawError as error:
        _raised(folder, error.problem)
    except MemoryError:
        _raised(folder, Problem("child.memory", {"gigabytes": asked["memory"] / 2**30}))
    except Exception as error:
        if _FAILED_ALLOCATION in str(error):
            _raised(folder, Problem("child.memory", {"gigabytes": asked["memory"] / 2**30}))
        else:
            why = f"{type(error).__name__}: {error}"[:300]
            _raised(folder, Problem("child.failed", {"why": why}))


def _limit_memory(memory: int) -> None:
    """One allocation beyond the limit fails at once; all processes together are weighed."""
    if sys.platform != "linux":
        return
    import resource

    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (mapped + memory, mapped + memory))


def _raised(folder: Path, problem: Problem) -> None:
    portable.write_json(folder / "raised.json", problem.as_dict())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        do_job(Path(sys.argv[1]))
    else:
        serve()
