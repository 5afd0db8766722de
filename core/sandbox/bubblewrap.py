"""The box with walls: bubblewrap, which gives a child its own view of the computer (Linux).

Inside there are Python, the packages and this project's `core`, all read only, one small
folder in memory to write to, no network, no other process, and no further namespaces. What is
left over: faults of the kernel, the processor's time up to the limit, and that memory in shared
segments is only seen when the computer runs low.
"""

import os
import shutil
import sys
from functools import cache
from pathlib import Path

from core.sandbox.environment import PROJECT, environment, extra_packages

_WORK = "/thaw_box/work"
_JOB = "/thaw_box/job"
_NOBODY = "65534"


def command(folder: Path, scratch_bytes: int, arguments: list[str]) -> list[str]:
    """The command that runs Python with these arguments in the box.

    Args:
        folder: Of the job; the child sees it as `job_folder()`, read only.
        scratch_bytes: Of all files that it writes.
    """
    size = ["--size", str(scratch_bytes)]
    variables = environment(_WORK)
    return [
        program() or "bwrap",
        "--unshare-user", "--disable-userns", "--unshare-ipc", "--unshare-pid", "--unshare-net",
        "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent", "--new-session",
        "--cap-drop", "ALL", "--uid", _NOBODY, "--gid", _NOBODY, "--hostname", "thaw",
        "--clearenv",
        *(part for name, value in variables.items() for part in ("--setenv", name, value)),
        *_system(),
        *(part for path in _python() for part in ("--ro-bind", str(path), str(path))),
        "--proc", "/proc", "--dev", "/dev", *size, "--tmpfs", "/dev/shm", "--remount-ro", "/dev",
        *size, "--tmpfs", _WORK, "--ro-bind", str(folder), _JOB,
        "--remount-ro", "/", "--chdir", _WORK,
        sys.executable, *arguments,
    ]


def job_folder() -> Path:
    """Where the child finds its job."""
    return Path(_JOB)


@cache
def program() -> str | None:
    """Path of bubblewrap; None where it is not installed."""
    return shutil.which("bwrap") if sys.platform == "linux" else None


def _system() -> list[str]:
    """Libraries of the system, as its folders or as the links that it has in their places."""
    found = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib64"):
        if os.path.islink(name):
            found += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            found += ["--ro-bind", name, name]
    for name in ("/etc/ld.so.cache", "/etc/alternatives", "/nix/store"):
        found += ["--ro-bind-try", name, name]
    return found


def _python() -> list[Path]:
    """The interpreter, its packages, and of the project its `core` alone: secrets lie beside it."""
    wanted = [Path(sys.base_prefix), Path(sys.prefix), Path(sys.executable).resolve().parents[1],
              *extra_packages(), PROJECT / "core"]
    found: list[Path] = []
    for path in wanted:
        if not any(path == known or path.is_relative_to(known) for known in [*found, Path("/usr")]):
            found.append(path)
    return found
