"""What differs between Linux, macOS and Windows: locks, durable writes, processes, memory."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl
    import struct

_T = TypeVar("_T")


def write_atomic(path: Path, data: bytes) -> None:
    """Replaces a file whole: a reader, and a power cut, see the old bytes or the new ones.

    Raises:
        OSError: If it can't be written; the old file is untouched and nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _patiently(lambda: os.replace(temporary, path))
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Replaces a file with a value as JSON, whole."""
    write_atomic(path, json.dumps(value, indent=1, allow_nan=True).encode())


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object of a file; None if there is no file, or no object in it."""
    try:
        value = json.loads(_patiently(path.read_bytes))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def sync_folder(folder: Path) -> None:
    """Makes a rename in the folder last through a power cut; Windows has no such call."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _patiently(action: Callable[[], _T]) -> _T:
    """Does it, trying again for a second on Windows.

    There a file that is being replaced can't be read, and one that is being read can't be
    replaced; both last for a moment.
    """
    for _ in range(50 if sys.platform == "win32" else 0):
        try:
            return action()
        except PermissionError:
            time.sleep(0.02)
    return action()


class FileLock:
    """A lock that its process holds until it releases it or ends, however it ends.

    POSIX record locks: children of a DataLoader do not inherit them, so the lock is free the
    moment the worker is gone. They belong to the process: a second lock on the same path in
    one process does not exclude the first, and closing any handle of the file releases it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Takes the lock; False if another process holds it."""
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if sys.platform == "win32":
                # A look at the lock takes it for a moment there, so one refusal says little.
                _patiently(lambda: msvcrt.locking(handle, msvcrt.LK_NBLCK, 1))
            else:
                fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Gives the lock back."""
        if self._handle is not None:
            if sys.platform == "win32":
                os.lseek(self._handle, 0, os.SEEK_SET)
                msvcrt.locking(self._handle, msvcrt.LK_UNLCK, 1)
            os.close(self._handle)
            self._handle = None


def lock_holder(path: Path) -> int | None:
    """The process that holds a lock, without taking it; None if it is free.

    Returns:
        Its id; 0 on Windows, which does not tell.
    """
    if sys.platform == "win32":
        if not path.exists():
            return None
        handle = os.open(path, os.O_RDWR)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
        except OSError:
            return 0
        finally:
            os.close(handle)
        return None
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        return _posix_holder(handle)
    finally:
        os.close(handle)


def _posix_holder(handle: int) -> int | None:
    # struct flock: Linux puts type and whence first, macOS puts them last.
    if sys.platform == "darwin":
        layout, type_at, pid_at = "qqihh", 3, 2
        question = struct.pack(layout, 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
    else:
        layout, type_at, pid_at = "hhqqi4x", 0, 4
        question = struct.pack(layout, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    answer = struct.unpack(layout, fcntl.fcntl(handle, fcntl.F_GETLK, question))
    return None if answer[type_at] == fcntl.F_UNLCK else answer[pid_at]


def process_identity(pid: int) -> dict[str, float] | None:
    """What tells a process from a later one with the same id; None if it is gone or a zombie.

    Returns:
        `pid`, `started` and `boot`, the latter two in seconds since 1970.
    """
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return {"pid": pid, "started": process.create_time(), "boot": psutil.boot_time()}
    except psutil.Error:
        return None


def is_same_process(identity: dict[str, float]) -> bool:
    """Whether the process of an identity still lives; one that lacks a part is nobody's."""
    if not all(isinstance(identity.get(key), int | float) for key in ("pid", "started", "boot")):
        return False
    now = process_identity(int(identity["pid"]))
    # A clock that was set moves both times; their difference stays.
    return now is not None and abs(
        (now["started"] - now["boot"]) - (identity["started"] - identity["boot"])
    ) < 1.0


def is_left_behind(pid: str) -> bool:
    """Whether what bears a process's number in its name is left by one that was killed."""
    import psutil

    return pid.isdecimal() and not psutil.pid_exists(int(pid))


def cores() -> int:
    """Processors that this process may use; a core may count as two."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def physical_cores() -> int:
    """Cores that this process may use: two processors of one core share its arithmetic."""
    import psutil

    return min(cores(), psutil.cpu_count(logical=False) or cores())


def available_memory() -> int:
    """Bytes that new work can take without swapping, inside a container's limit."""
    import psutil

    available = psutil.virtual_memory().available
    try:
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
    except (OSError, ValueError):  # no limit, or no control groups
        return available
    return min(available, max(limit - used, 0))


def oom_kills() -> int | None:
    """How many processes the system has ended for lack of memory since it started; None unknown.

    Inside a container only its own count where it tells that.
    """
    for place in ("/sys/fs/cgroup/memory.events", "/proc/vmstat"):
        try:
            lines = Path(place).read_text().splitlines()
        except OSError:
            continue
        found = [line.split()[1] for line in lines if line.startswith("oom_kill ")]
        if found:
            return int(found[0])
    return None


def peak_memory() -> int:
    """The most bytes that this process has had resident."""
    if sys.platform == "linux":  # ru_maxrss is inherited from the process that started this one
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
