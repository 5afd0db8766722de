"""Starting, stopping and resuming workers: processes of their own, asked through files."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from core import portable
from core.messages import ThawError
from core.runs import going_on, launching
from core.runs.changes import Changes
from core.runs.folder import Run, delete_leftovers, delete_run, list_runs
from core.runs.meta import only_changer
from core.runs.status import is_together, status
from core.runs.turn import Turn

_starting = Turn(".starting", "runs.starting_elsewhere")


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
        changes = going_on.changes_of(run).options()
        launching.spawn(run, *(["--resume", *changes] if run.state() else []))


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
    changes = Changes(unfreeze, batch_size, parts)
    changes.check(run.present_recipe())
    with only_starter(run.path.parent):
        refuse_if_gone(run)
        now = status(run)
        if now.is_live:
            raise ThawError("runs.already_running", run=run.name)
        if now.status == "finished":
            raise ThawError("training.already_finished", run=run.name)
        launching.spawn(run, "--resume", *changes.options())


def stop(run: Run, *, discard: bool = False) -> None:
    """Asks a run to stop after its step: to keep what it has, or to delete all of it.

    Returns at once; the status says when it has happened. A run that no process works on is
    deleted here if that was asked for.

    Raises:
        ThawError: If it does not run and nothing is to be discarded, or nothing can be written.
    """
    if status(run).is_live:
        wish = {"discard": discard, "attempt": _attempt_under_way(run)}
        try:
            with only_changer(run):
                portable.write_json(run.path / "stop", wish)
        except OSError as error:
            raise ThawError("runs.unstoppable", run=run.name, why=error.strerror) from None
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
    if not _is_old_wish(run, attempt):
        return
    with only_changer(run):  # somebody may lay down a new one at this moment
        if _is_old_wish(run, attempt):
            (run.path / "stop").unlink(missing_ok=True)


def _is_old_wish(run: Run, attempt: int) -> bool:
    path = run.path / "stop"
    return path.exists() and (portable.read_json(path) or {}).get("attempt", 0) < attempt


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


def only_starter(root: Path) -> AbstractContextManager[None]:
    """Holds the right to start a worker, among all threads and processes of this home."""
    return _starting.taken(root)
