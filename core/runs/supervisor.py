"""Starting, stopping and resuming workers: processes of their own, asked through files."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from core import portable
from core import recipe as recipes
from core.messages import ThawError
from core.runs import compute_process, device_slots, device_use, torchrun
from core.runs.folder import Run, delete_leftovers, delete_run, list_runs
from core.runs.status import is_together, status

_PROJECT = Path(__file__).parents[2]
# An identity that no process has, as nothing starts before the system does.
_NOBODY = {"pid": 0, "started": 0.0, "boot": 1e9}
_OPTIONS = {"loader.batch_size": "--batch-size", "train.accumulate": "--parts"}
_starting = threading.Lock()  # a file lock does not part two threads of one process


def start(run: Run, unless: Callable[[], bool] = lambda: False) -> None:
    """Starts the worker of a run that is new or waits to go on, detached from this process.

    Args:
        unless: Asked when nobody else can start or move anything: true if it must not start.

    Raises:
        ThawError: If other runs hold its device, it does not wait, or `unless` holds.
    """
    with only_starter(run.path.parent):
        if unless():
            raise ThawError("queue.not_its_turn", run=run.name)
        refuse_if_gone(run)
        if (now := status(run)).status != "queued":
            raise ThawError("runs.not_new", run=run.name, status=now.status)
        finish_discards(run.path.parent)
        _spawn(run, *(["--resume"] if run.state() else []))


def resume(
    run: Run, *, unfreeze: Sequence[str] = (), batch_size: int | None = None,
    parts: int | None = None,
) -> None:
    """Lets a run that ended early go on from its newest checkpoint.

    Args:
        unfreeze: Stages that train from there on.
        batch_size: From there on, in place of the one that it had.
        parts: In which a batch is computed from there on (`train.accumulate`).

    Raises:
        ThawError: If it runs, has finished, or other runs hold its device.
        RecipeError: If there is no such batch size, or number of parts.
    """
    options = ["--resume", *(["--unfreeze", *unfreeze] if unfreeze else [])]
    for field, value in batch_changes(batch_size, parts).items():
        recipes.with_value(run.present_recipe(), field, value)
        options.append(f"{_OPTIONS[field]}={value}")
    with only_starter(run.path.parent):
        refuse_if_gone(run)
        now = status(run)
        if now.is_live:
            raise ThawError("runs.already_running", run=run.name)
        if now.status == "finished":
            raise ThawError("training.already_finished", run=run.name)
        _spawn(run, *options)


def batch_changes(batch_size: int | None, parts: int | None) -> dict[str, object]:
    """The fields of a recipe that these change; None changes nothing."""
    changed = {"loader.batch_size": batch_size, "train.accumulate": parts}
    return {field: value for field, value in changed.items() if value is not None}


def stop(run: Run, *, discard: bool = False) -> None:
    """Asks a run to stop after its step: to keep what it has, or to delete all of it.

    Returns at once; the status says when it has happened. A run that no process works on is
    deleted here if that was asked for.

    Raises:
        ThawError: If it does not run and nothing is to be discarded.
    """
    if status(run).is_live:
        attempt = _attempt_under_way(run)
        portable.write_json(run.path / "stop", {"discard": discard, "attempt": attempt})
    elif discard:
        delete(run)
    else:
        raise ThawError("runs.not_running", run=run.name)


def delete(run: Run) -> None:
    """Deletes a run with all it has; nobody starts it meanwhile.

    Raises:
        ThawError: If it is running, or a file can't be deleted.
    """
    with only_starter(run.path.parent):
        delete_run(run)


def refuse_if_gone(run: Run) -> None:
    """Refuses a run that was deleted meanwhile.

    Raises:
        ThawError: If its folder is not there.
    """
    if not run.path.exists():
        raise ThawError("runs.unknown", text=run.id)


def discard_wanted(run: Run) -> bool:
    """Whether whoever stopped the run wants it deleted."""
    return bool((portable.read_json(run.path / "stop") or {}).get("discard"))


def forget_old_stop(run: Run, attempt: int) -> None:
    """Takes away a wish to stop that an earlier attempt was meant by.

    One that was laid down while this attempt was still importing torch stays.
    """
    wish = portable.read_json(run.path / "stop")
    if wish is None or wish.get("attempt", 0) < attempt:
        (run.path / "stop").unlink(missing_ok=True)


def finish_discards(root: Path | None = None) -> None:
    """Deletes runs that were to be discarded and whose worker died before it could do so."""
    delete_leftovers(root)
    for run in list_runs(root):
        if discard_wanted(run) and not status(run).is_live:
            with suppress(ThawError):  # a file of it is open: the next time
                delete_run(run)


def kill(run: Run) -> None:
    """Ends a worker that does not answer, with its loader workers; its checkpoints stay.

    A run that was to be discarded is deleted.

    Raises:
        ThawError: If no process of this machine works on the run.
    """
    import psutil

    launch = run.launch()
    # torchrun first, which would start a worker that was killed once more.
    pid = launch["pid"] if is_together(launch) else _worker_pid(run)
    if pid is None:
        raise ThawError("runs.not_running", run=run.name)
    with suppress(psutil.NoSuchProcess):
        worker = psutil.Process(pid)
        family = [worker, *worker.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=5)
    if discard_wanted(run):
        with only_starter(run.path.parent):
            if discard_wanted(run):  # else somebody has let it go on meanwhile
                delete_run(run)


def write_launch(
    run: Run, pid: int | None = None, attempt: int | None = None,
    devices: Sequence[str] | None = None, job: str = "",
) -> None:
    """Says which process works on the run's next attempt: this one, or a child of it.

    Args:
        job: Of torchrun, where that is the process: several work on the run then.
        devices: The slots that it holds; None for those that this process takes by itself.
    """
    if devices is None:
        devices = device_slots.of_this_process(run.recipe())
    pid = pid or os.getpid()
    # A child that ended at once has no identity any more, but it was launched.
    identity = portable.process_identity(pid) or {**_NOBODY, "pid": pid}
    portable.write_json(
        run.path / "launch.json",
        {
            **identity, "time": time.time(), "attempt": attempt or run.next_attempt(),
            "devices": list(devices), "job": job,
        },
    )


def write_unlaunched(run: Run, why: str) -> None:
    """Says that a run could not be launched: its status is "crashed" from then on, and says why.

    Raises:
        OSError: If that can't be written.
    """
    with open(run.path / "worker.log", "a", encoding="utf-8") as log:
        print(why, file=log)
    portable.write_json(
        run.path / "launch.json",
        {**_NOBODY, "time": time.time(), "attempt": run.next_attempt()},
    )


def _worker_pid(run: Run) -> int | None:
    """The process that holds the lock; before it does, and on Windows, the launched one."""
    holder = portable.lock_holder(run.path / "lock")
    if holder:
        return holder
    launch = run.launch()
    if launch and status(run).is_live and portable.is_same_process(launch):
        return launch["pid"]
    return None


def _attempt_under_way(run: Run) -> int:
    launched = (run.launch() or {}).get("attempt", 0)
    return max(launched, (run.state() or {}).get("attempt", 0))


def _command(run: Run, job: str, *options: str) -> list[str]:
    train = ["train", str(run.path), *options]
    if job:
        return torchrun.command(run.recipe().train.processes, job, train)
    return [sys.executable, "-u", "-m", "core", *train]


def _spawn(run: Run, *options: str) -> None:
    """Starts the worker on devices that are free; refuses where there are none."""
    recipe = run.present_recipe()
    devices = device_use.choose(recipe, run.path.parent)
    threads = recipe.train.threads
    attempt = run.next_attempt()  # before the worker can say that it is that attempt
    job = f"{run.id}_{attempt}" if recipe.train.processes > 1 else ""
    (run.path / "stop").unlink(missing_ok=True)
    detached = (
        {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
        if sys.platform == "win32"
        else {"start_new_session": True}  # it lives through Ctrl-C and the closed terminal
    )
    try:
        with open(run.path / "worker.log", "ab") as log:
            worker = subprocess.Popen(
                _command(run, job, *options),
                cwd=_PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ, **compute_process.environment(threads, os.environ),
                    **torchrun.ENVIRONMENT,
                    **device_slots.environment(devices),
                },
                **detached,
            )
        write_launch(run, worker.pid, attempt, devices, job)
    except OSError as error:
        raise ThawError("runs.unstartable", why=error.strerror) from None
    _lower_priority(worker.pid)
    # Waited for, or it would stay a zombie that a look at its id takes for alive.
    threading.Thread(target=worker.wait, name=f"reaper of {run.id}", daemon=True).start()


def _lower_priority(pid: int) -> None:
    import psutil

    with suppress(psutil.Error, OSError):
        calm = psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else 10
        psutil.Process(pid).nice(calm)


@contextmanager
def only_starter(root: Path) -> Iterator[None]:
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
