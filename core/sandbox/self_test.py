"""Tries from within the box what must not be possible there, and says what was."""

import ctypes
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.sandbox.job import Reply

_NEW_USER_NAMESPACE = 0x10000000


def answer(_folder: Path, asked: dict[str, Any]) -> Reply:
    """Names of the walls that have a hole.

    Args:
        asked: `secret`: a file outside; `port`: where someone listens on this computer; `pid`:
            a process outside; `project`: where the project lies; `variables`: names
            of the server's own.
    """
    tries: dict[str, Callable[[], bool]] = {
        "files of others can be read": lambda: bool(Path(asked["secret"]).read_bytes()),
        "the folder beside the secret can be listed":
            lambda: bool(os.listdir(Path(asked["secret"]).parent)),
        "files of the project beside its core can be read":
            lambda: set(os.listdir(asked["project"])) - {"core", ".venv"} != set(),
        "the project can be written to": lambda: _writes(Path(asked["project"]) / "core"),
        "the system can be written to": lambda: any(map(_writes, map(Path, ("/", "/usr", "/dev")))),
        "Python can be written to": lambda: _writes(Path(os.__file__).parent),
        "variables of the server can be read":
            lambda: not os.environ.keys().isdisjoint(asked["variables"]),
        "the network can be reached": lambda: _connects(asked["port"]),
        "there is a network beside itself":
            lambda: {name for _, name in socket.if_nameindex()} != {"lo"},
        "processes of others can be signalled": lambda: _signals(asked["pid"]),
        "processes of others can be seen": lambda: sum(map(str.isdigit, os.listdir("/proc"))) > 4,
        "new namespaces can be made": _unshares,
        "it runs as the administrator": lambda: os.getuid() == 0,
    }
    return Reply([name for name, tried in tries.items() if _happens(tried)])


def _happens(tried: Callable[[], bool]) -> bool:
    try:
        return tried()
    except (OSError, ValueError):
        return False


def _writes(folder: Path) -> bool:
    path = folder / "thaw_self_test"
    path.write_text("x")
    path.unlink()
    return True


def _connects(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def _signals(pid: int) -> bool:
    if pid in (os.getpid(), os.getppid(), 1):
        return False  # another one here has that number
    os.kill(pid, 0)
    return True


def _unshares() -> bool:
    return ctypes.CDLL(None, use_errno=True).unshare(_NEW_USER_NAMESPACE) == 0
