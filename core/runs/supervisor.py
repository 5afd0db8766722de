"""Starting, stopping and resuming workers: processes of their own, asked through files."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core import portable
from core.messages import ThawError
from core.runs.folder import Run, delete_run
from core.runs.status import running_runs, status

_PROJECT = Path(__file__).parents[2]
_starting = threading.Lock()  # a file lock does not part two threads of one process


def start(run: Run) -> None:
    """Starts the worker of a new run, detached from this process.

    Raises:
        ThawError: If another run is running, or this one was started before.
    """
    with _only_starter(run.path.parent):
        if (now := status(run)).status != "queued":
            raise ThawError("runs.not_new", run=run.name, status=now.status)
        _refuse_if_busy(run.path.parent)
        _spawn(run)


def resume(run: Run) -> None:
    """Lets a run that ended early go on from its newest checkpoint.

    Raises:
        ThawError: If it runs, has finished, or another run is running.
    """
    with _only_starter(run.path.parent):
        now = status(run)
        if now.is_live:
            raise ThawError("runs.already_running", run=run.name)
        if now.status == "finished":
            raise ThawError("training.already_finished", run=run.name)
        _refuse_if_busy(run.path.parent)
        _spawn(run, "--resume")


def stop(run: Run, *, discard: bool = False) -> None:
    """Asks a run to stop after its step: to keep what it has, or to delete all of it.

    Returns at once; the status says when it has happened. A run that no process works on is
    deleted here if that was asked for.

    Raises:
        ThawError: If it does not run and nothing is to be discarded.
    """
    if status(run).is_live:
        portable.write_json(run.path / "stop", {"discard": discard})
    elif discard:
        delete_run(run)
    else:
        raise ThawError("runs.not_running", run=run.name)


def discard_wanted(run: Run) -> bool:
    """Whether whoever stopped the run wants it deleted."""
    return bool((portable.read_json(run.path / "stop") or {}).get("discard"))


def kill(run: Run) -> None:
    """Ends a worker that does not answer, with its loader workers; its checkpoints stay.

    Raises:
        ThawError: If no process of this machine holds the run.
    """
    import psutil

    pid = portable.lock_holder(run.path / "lock")
    if not pid:
        raise ThawError("runs.not_running", run=run.name)
    try:
        worker = psutil.Process(pid)
        family = [*worker.children(recursive=True), worker]
    except psutil.NoSuchProcess:
        return
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family, timeout=5)


def write_launch(run: Run, pid: int | None = None) -> None:
    """Says which process works on the run's next attempt: this one, or a child of it."""
    identity = portable.process_identity(pid or os.getpid())
    if identity:  # a child that ended at once has none
        portable.write_json(
            run.path / "launch.json",
            {**identity, "time": time.time(), "attempt": run.next_attempt()},
        )


def limit_threads(threads: int) -> None:
    """Sets how many threads this process computes with; to be called before torch is imported."""
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)


def _refuse_if_busy(root: Path) -> None:
    if others := running_runs(root):
        raise ThawError("runs.device_busy", run=others[0].name)


def _spawn(run: Run, *options: str) -> None:
    threads = run.recipe().train.threads
    (run.path / "stop").unlink(missing_ok=True)
    detached = (
        {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
        if sys.platform == "win32"
        else {"start_new_session": True}  # it lives through Ctrl-C and the closed terminal
    )
    with open(run.path / "worker.log", "ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-u", "-m", "core", "train", str(run.path), *options],
            cwd=_PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)},
            **detached,
        )
    write_launch(run, worker.pid)
    _lower_priority(worker.pid)
    # Waited for, or it would stay a zombie that a look at its id takes for alive.
    threading.Thread(target=worker.wait, name=f"reaper of {run.id}", daemon=True).start()


def _lower_priority(pid: int) -> None:
    import psutil

    with suppress(psutil.Error, OSError):
        calm = psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else 10
        psutil.Process(pid).nice(calm)


@contextmanager
def _only_starter(root: Path) -> Iterator[None]:
    """Holds the right to start a worker, among all threads and processes of this home."""
    with _starting:
        lock = portable.FileLock(root / ".starting")
        for _ in range(100):
            if lock.acquire():
                break
            time.sleep(0.05)
        else:
            raise ThawError("runs.starting_elsewhere")
        try:
            yield
        finally:
            lock.release()
