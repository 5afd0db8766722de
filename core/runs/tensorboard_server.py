"""One TensorBoard for all runs of a home: started once, used by every browser, ended by a button.

It listens on this machine only and outlives the app, as runs do. Who it is stands in a file of
the home: a process is taken for it only if it is the one that was started and answers for this
runs folder.
"""

import importlib.util
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from core import places, portable
from core.messages import ThawError
from core.runs.folder import Run

_HOST, _PORT = "127.0.0.1", 6006  # the port that everybody knows; another one where it is taken
_FILE, _LOCK, _LOG = "tensorboard.json", ".tensorboard.lock", ".tensorboard.log"
_SECONDS = 60.0  # that it may take to answer; three on a quiet machine
_TRIES = 3  # a port can be taken between the look and the start
_starting = threading.Lock()


@dataclass(frozen=True)
class Server:
    """A TensorBoard that runs.

    Attributes:
        port: On 127.0.0.1.
        pid: Of its process.
    """

    port: int
    pid: int

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        return f"http://{_HOST}:{self.port}/"


def running() -> Server | None:
    """The TensorBoard of this home, or None; costs a few milliseconds."""
    said = portable.read_json(places.home() / _FILE)
    if said is None or not portable.is_same_process(said) or not _answers_for_us(said.get("port")):
        return None
    return Server(said["port"], said["pid"])


def start() -> Server:
    """The TensorBoard of this home; started if it does not run. Returns when it answers.

    Raises:
        ThawError: If it is not installed, or does not start.
    """
    if found := running():
        return found
    if importlib.util.find_spec("tensorboard") is None:
        raise ThawError("tensorboard.missing")
    with _only_starter():
        if found := running():  # somebody was faster
            return found
        end()  # one that does not answer any more
        for _ in range(_TRIES - 1):
            with suppress(_PortTaken):
                return _start_on(_free_port())
        return _start_on(_free_port())


def end() -> None:
    """Ends the TensorBoard of this home; none is no error."""
    import psutil

    path = places.home() / _FILE
    said = portable.read_json(path)
    if said and portable.is_same_process(said):
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(said["pid"])
            family = [*process.children(recursive=True), process]  # it has a process that reads
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.terminate()
            _, alive = psutil.wait_procs(family, timeout=5)
            for one in alive:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
    path.unlink(missing_ok=True)


def name_of(run: Run) -> str:
    """What TensorBoard calls a run."""
    return f"{run.id}/tensorboard"


class _PortTaken(ThawError):
    """Another program took the port first."""


def _start_on(port: int) -> Server:
    root, home = places.runs_root(), places.home()
    command = [
        sys.executable, "-m", "tensorboard.main", "--logdir", str(root), "--host", _HOST,
        "--port", str(port), "--reload_interval", "5", "--window_title", "Thaw",
    ]
    detached = (
        {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
        if sys.platform == "win32" else {"start_new_session": True}
    )
    try:
        with open(home / _LOG, "wb") as log:
            process = subprocess.Popen(
                command, cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **detached
            )
    except OSError as error:
        raise ThawError("tensorboard.unstartable", why=error.strerror, logdir=root) from None
    # Waited for, or it would stay a zombie that a look at its id takes for alive.
    threading.Thread(target=process.wait, name="reaper of TensorBoard", daemon=True).start()
    identity = portable.process_identity(process.pid) or {}
    portable.write_json(home / _FILE, {**identity, "port": port})
    until = time.monotonic() + _SECONDS
    while not _answers_for_us(port):
        if process.poll() is not None:
            why = _last_words(home / _LOG)
            kind = _PortTaken if "in use" in why else ThawError
            raise kind("tensorboard.unstartable", why=why, logdir=str(root))
        if time.monotonic() > until:
            end()
            raise ThawError("tensorboard.slow", seconds=round(_SECONDS))
        time.sleep(0.1)
    return Server(port, process.pid)


def _free_port() -> int:
    for port in (_PORT, 0):
        with socket.socket() as one, suppress(OSError):
            one.bind((_HOST, port))
            return one.getsockname()[1]
    raise ThawError(
        "tensorboard.unstartable", why="no port is free", logdir=str(places.runs_root())
    )


def _answers_for_us(port: object) -> bool:
    """Whether a TensorBoard answers at the port, and reads this home's runs."""
    if not isinstance(port, int):
        return False
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://{_HOST}:{port}/data/environment", timeout=5) as answer:
            said = json.load(answer)
        return Path(said["data_location"]) == places.runs_root()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "it said nothing"


@contextmanager
def _only_starter() -> Iterator[None]:
    """Holds the right to start it, among all threads and processes of this home."""
    if not _starting.acquire(timeout=_SECONDS):
        raise ThawError("tensorboard.starting_elsewhere")
    lock = portable.FileLock(places.home() / _LOCK)
    try:
        until = time.monotonic() + _SECONDS
        while not lock.acquire():
            if time.monotonic() > until:
                raise ThawError("tensorboard.starting_elsewhere")
            time.sleep(0.1)
        try:
            yield
        finally:
            lock.release()
    finally:
        _starting.release()
