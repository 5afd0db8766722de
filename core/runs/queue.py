"""The queue: runs that wait for the device, started one after another by a small process.

A run waits if nobody has launched it and its `meta.json` has a place; the lowest place is next.
The process (`python -m core queue`) starts it as soon as no other run is running, and ends with
the queue. It outlives the app and the browser. A paused queue starts nothing: the run under way
goes on, the process ends, and a file in the runs folder keeps the pause. If it was killed, or the
computer went down, the run under way goes on by itself, and the next one starts as soon as
somebody looks: `keep_going`, which the app calls at its start and at each look at the queue,
starts the process again.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from core import places, portable
from core.messages import ThawError
from core.recipe import Recipe
from core.runs import supervisor
from core.runs.folder import Run, create_run, delete_run, list_runs, set_meta
from core.runs.status import running_runs, status

_LOOK_SECONDS = 0.2  # between two looks at the run under way
# In the runs folder, under names that no listing shows.
_LOCK, _LOG, _PAUSED = ".queue", ".queue.log", ".queue.paused"
# Somebody was faster, or changed the queue meanwhile: the next time.
_LATER = ("runs.device_busy", "runs.starting_elsewhere", "queue.not_its_turn")
_PROJECT = Path(__file__).parents[2]
_spawning = threading.Lock()
_spawned: dict[Path, subprocess.Popen] = {}  # by runs folder: the process that was started last


@dataclass(frozen=True)
class NewRun:
    """A run that is to be queued; `meta` is what its `meta.json` holds beside its name."""

    recipe: Recipe
    name: str = ""
    meta: dict[str, object] = field(default_factory=dict)


# --- the queue as files ------------------------------------------------------------------


def waiting(root: Path | None = None) -> list[Run]:
    """The runs that wait, the next one first."""
    found = [
        (place, run.id, run) for run in list_runs(root)
        if (place := place_of(run)) is not None and status(run).status == "queued"
    ]
    return [run for _, _, run in sorted(found, key=lambda one: one[:2])]


def place_of(run: Run) -> int | None:
    """The place that a run was given; it keeps it when its turn has come. None for no place."""
    place = run.meta().get("place")
    return place if isinstance(place, int) else None


def add(new: Sequence[NewRun], root: Path | None = None) -> list[Run]:
    """Makes the folders of runs and queues them in this order behind all that wait.

    `keep_going` starts the first of them. All are queued, or none is.

    Raises:
        ThawError: If a folder can't be made, or the disk is full.
    """
    root = root or places.runs_root()
    made: list[Run] = []
    with supervisor.only_starter(root):  # else two adders would give out the same places
        first = 1 + max((place_of(run) or 0 for run in waiting(root)), default=0)
        try:
            for place, one in enumerate(new, first):
                meta = {**one.meta, "place": place}
                made.append(create_run(one.recipe, root=root, name=one.name, meta=meta))
        except BaseException:
            for run in made:
                delete_run(run)
            raise
    return made


def remove(run: Run) -> None:
    """Takes a waiting run out of the queue and deletes it: there is nothing in it yet.

    Raises:
        ThawError: If it does not wait any more.
    """
    with supervisor.only_starter(run.path.parent):  # the queue can't start it meanwhile
        _refuse_unless_waiting(run)
        delete_run(run)


def _refuse_unless_waiting(run: Run) -> None:
    now = status(run).status if run.path.exists() else "gone"
    if now != "queued":
        raise ThawError("queue.not_waiting", run=run.name, status=now)


def move(run: Run, to: int) -> None:
    """Puts a waiting run at a position among those that wait: 1 is the next to start.

    A number beyond either end means that end.

    Raises:
        ThawError: If it does not wait any more, or the order can't be written.
    """
    root = run.path.parent
    with supervisor.only_starter(root):
        _refuse_unless_waiting(run)
        before = waiting(root)
        if run not in before:
            raise ThawError("queue.not_waiting", run=run.name, status="in no queue")
        places_given = [place_of(one) for one in before]
        after = [one for one in before if one != run]
        after.insert(min(max(to, 1), len(before)) - 1, run)
        try:
            for one, place in zip(after, _rising(places_given), strict=True):
                if place_of(one) != place:
                    set_meta(one, place=place)
        except OSError as error:
            raise ThawError("queue.unwritable", why=error.strerror) from None


def _rising(given: Sequence[int]) -> list[int]:
    """The same places, made different: a move that was cut off may have left two alike."""
    rising: list[int] = []
    for place in given:
        rising.append(max(place, rising[-1] + 1) if rising else place)
    return rising


def pause(root: Path | None = None) -> None:
    """Lets nothing more start until `unpause`; what runs goes on.

    Raises:
        ThawError: If the pause can't be written.
    """
    root = root or places.runs_root()
    with supervisor.only_starter(root):  # when this returns, nothing is about to start
        try:
            portable.write_json(root / _PAUSED, {"time": time.time()})
        except OSError as error:
            raise ThawError("queue.unwritable", why=error.strerror) from None


def unpause(root: Path | None = None) -> None:
    """Lets the queue go on; `keep_going` starts its process."""
    ((root or places.runs_root()) / _PAUSED).unlink(missing_ok=True)


def is_paused(root: Path | None = None) -> bool:
    """Whether somebody paused the queue."""
    return ((root or places.runs_root()) / _PAUSED).exists()


def remove_all(runs: Iterable[Run]) -> int:
    """Removes those of the runs that still wait; returns how many."""
    count = 0
    for run in runs:
        with suppress(ThawError):
            remove(run)
            count += 1
    return count


# --- the process -------------------------------------------------------------------------


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
    """Starts what waits, one run after another, until nothing waits any more or it is paused.

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
    while (queue := waiting(root)) and not is_paused(root):
        if busy := running_runs(root):
            while status(busy[0]).is_live and not is_paused(root):
                time.sleep(_LOOK_SECONDS)
            continue
        run = queue[0]
        try:
            supervisor.start(run, unless=partial(_is_not_next, run))
        except ThawError as error:
            if error.problem.id in _LATER:
                time.sleep(_LOOK_SECONDS)
            elif status(run).status == "queued" and run.path.exists():
                try:
                    supervisor.write_unlaunched(run, str(error))
                except OSError:
                    return False
            continue
        started.append(run)
        say(run)
    return True


def _is_not_next(run: Run) -> bool:
    root = run.path.parent
    return is_paused(root) or waiting(root)[:1] != [run]


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
