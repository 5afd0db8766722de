"""What a child may take, and how it binds itself to that before it runs anything typed."""

import contextlib
import faulthandler
import os
from dataclasses import dataclass

import psutil

try:
    import resource
except ImportError:  # Windows has none: what watches the child from outside is all there is
    resource = None

_MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What one job may take at most.

    Attributes:
        seconds: By the clock, and of the processor.
        memory: Bytes beyond what the process holds when the job begins (torch alone maps 3 GB).
        file_bytes: Of any file that it writes.
        scratch_bytes: Of all its files, where its box can count them.
        processes: At a time, itself included.
        answer_bytes: Of its answer.
        printed: Characters that are kept of what it prints.
    """

    seconds: float = 20.0
    memory: int = 2_000 * _MB
    file_bytes: int = 32 * _MB
    scratch_bytes: int = 64 * _MB
    processes: int = 16
    answer_bytes: int = 8 * _MB
    printed: int = 8_000


def impose(limits: Limits, others: int) -> None:
    """Binds this process and all that it starts.

    Args:
        others: Processes and threads that this user has already on this computer: the system
            counts them together with those of the job.
    """
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)
    # Ends the process even while it holds the interpreter, should the watcher be gone.
    faulthandler.dump_traceback_later(limits.seconds + 5, exit=True, file=_nowhere())
    if resource is None:
        return
    # The processor's time is counted from the start of the process, imports included.
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    _bind("RLIMIT_CPU", spent + int(limits.seconds) + 1)
    _bind("RLIMIT_FSIZE", limits.file_bytes)
    _bind("RLIMIT_CORE", 0)
    _bind("RLIMIT_NOFILE", 256)
    _bind("RLIMIT_NPROC", others + 4 * limits.processes)  # threads count, so it is generous
    if mapped := _mapped_bytes():
        _bind("RLIMIT_AS", mapped + limits.memory)


def held_by(process: psutil.Process) -> int:
    """Bytes that a process holds for itself alone; 0 if it is gone.

    A forked child does not have its parent's pages of libraries: with them the two could not
    be compared.
    """
    with contextlib.suppress(psutil.Error):
        held = process.memory_info()
        return held.rss - getattr(held, "shared", 0)
    return 0


def spelled(count: int) -> str:
    """Bytes in words."""
    return f"{count / 1e9:g} GB" if count >= 1e9 else f"{count / 1e6:g} MB"


def _bind(name: str, value: int) -> None:
    which = getattr(resource, name, None)
    if which is None:
        return
    hard = resource.getrlimit(which)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    # macOS refuses some of them; there the watcher's own count remains.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (value, value))


def _mapped_bytes() -> int:
    """The address space of this process; 0 where the system does not tell it in this way."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _nowhere() -> int:
    return os.open(os.devnull, os.O_WRONLY)
