"""The queue: runs that wait for their device, started in their order by a small process.

What waits, and in which order, is in files (`queue_order`). The process (`python -m core queue`)
starts a run as soon as its device is free (`device_use`), so that several devices work side by
side, and ends with the queue. It outlives the app and the browser. A paused queue starts nothing:
the runs under way go on, and the process ends. If it was killed, they go on by themselves; after
that, or when the computer went down, the next one starts as soon as somebody looks: `keep_going`,
which the app calls at its start and at each look at the queue, starts the process again.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from core import places, portable
from core.messages import ThawError
from core.runs import launching, supervisor
from core.runs.folder import Run
from core.runs.queue_order import (
    GoOn,
    NewRun,
    add,
    is_paused,
    move,
    next_to_start,
    pause,
    place_of,
    remove,
    remove_all,
    unpause,
    waiting,
)
from core.runs.status import running_runs, status

__all__ = [
    "GoOn",
    "NewRun",
    "add",
    "is_paused",
    "is_working",
    "keep_going",
    "move",
    "pause",
    "place_of",
    "remove",
    "remove_all",
    "unpause",
    "waiting",
    "work",
]

_LOOK_SECONDS = 0.2  # between two looks at the runs under way
_WHOLE_LOOK_SECONDS = 2.0  # between two at all runs: one may have come that finds its device free
# In the runs folder, under names that no listing shows.
_LOCK, _LOG = ".queue", ".queue.log"
# Somebody was faster, or changed the queue meanwhile: the next time.
_LATER = ("runs.device_busy", "runs.starting_elsewhere", "queue.not_its_turn")
_PROJECT = Path(__file__).parents[2]
_spawning = threading.Lock()
_spawned: dict[Path, subprocess.Popen] = {}  # by runs folder: the process that was started last


def is_working(root: Path | None = None) -> bool:
    """Whether the process of the queue lives."""
    return portable.lock_holder((root or places.runs_root()) / _LOCK) is not None


def keep_going() -> None:
    """Starts the process of the queue if runs wait, it does not live and is not paused.

    Cheap where nothing waits, so that every look at the queue can call it.

    Raises:
        ThawError: If no process can be started.
    """
    root = places.runs_root()
    if is_paused(root) or not waiting(root) or is_working(root):
        return
    with _spawning:
        last = _spawned.get(root)
        if last is not None and last.poll() is None:
            return  # it has not taken its lock yet
        try:
            _spawned[root] = _spawn(root)
        except OSError as error:
            raise ThawError("queue.unstartable", why=error.strerror) from None


def work(root: Path | None = None, say: Callable[[Run], None] = lambda run: None) -> list[Run]:
    """Starts what waits, each run when its device is free, until nothing waits or it is paused.

    Does nothing where another process does so already. A run that can't be launched is said to
    have crashed, with the reason, and the next one's turn comes.

    Args:
        say: Told each run that was started.

    Returns:
        The runs that were started here.
    """
    root = root or places.runs_root()
    started: list[Run] = []
    lock = portable.FileLock(root / _LOCK)
    while waiting(root) and not is_paused(root):
        if not lock.acquire():
            break
        try:
            going = _start_all(root, say, started)
        finally:
            lock.release()
        if not going:
            break
        # Once more: who added a run just before the lock was free saw it held, and left it to us.
    return started


def _start_all(root: Path, say: Callable[[Run], None], started: list[Run]) -> bool:
    """Until nothing waits or may start; False if a run could be neither launched nor given up."""
    while waiting(root) and not is_paused(root):
        run = next_to_start(root)
        if run is None:
            _wait(root)
            continue
        try:
            supervisor.start(run, unless=partial(_is_not_next, run))
        except ThawError as error:
            if error.problem.id in _LATER:
                time.sleep(_LOOK_SECONDS)
            elif status(run).status == "queued" and run.path.exists():
                try:
                    launching.write_unlaunched(run, str(error))
                except OSError:
                    return False
            continue
        started.append(run)
        say(run)
    return True


def _wait(root: Path) -> None:
    """Until a run under way has ended, or for two seconds."""
    under_way = running_runs(root)
    ends = time.monotonic() + _WHOLE_LOOK_SECONDS
    while under_way and time.monotonic() < ends and not is_paused(root):
        time.sleep(_LOOK_SECONDS)
        if not all(status(run).is_live for run in under_way):
            return


def _is_not_next(run: Run) -> bool:
    root = run.path.parent
    return is_paused(root) or next_to_start(root) != run


def _command() -> list[str]:
    return [sys.executable, "-u", "-m", "core", "queue"]


def _spawn(root: Path) -> subprocess.Popen:
    """Like a worker: a session of its own, no pipe, so that it lives without its starter."""
    detached = (
        {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    with open(root / _LOG, "ab") as log:
        process = subprocess.Popen(
            _command(), cwd=_PROJECT, stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, **detached,
        )
    # Waited for, or it would stay a zombie.
    threading.Thread(target=process.wait, name="reaper of the queue", daemon=True).start()
    return process
