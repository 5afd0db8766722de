"""The worker: one process that trains one run and writes inside its folder alone."""

import logging
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from core import portable
from core.messages import Problem, ThawError
from core.runs import crash, supervisor, torchrun
from core.runs.folder import Run
from core.runs.status import check_startable
from core.training import failures, final_test
from core.training.follower import Follower
from core.training.loop import Stopped, fit
from core.training.preparing import prepare
from core.training.ranks import Ranks, join, leave
from core.training.report import RunReport

log = logging.getLogger(__name__)


def work(
    run: Run, *, resume: bool, unfreeze: Sequence[str] = (),
    changes: Mapping[str, object] | None = None, say: Callable[[str], None],
) -> str:
    """Trains a run to its end.

    Args:
        run: Created, and not worked on by another process.
        resume: Go on from the newest checkpoint of a run that was started before.
        unfreeze: Stages that train from there on.
        changes: New values of the recipe from there on, such as `{"loader.batch_size": 16}`.
        say: Takes the line of an epoch.

    Returns:
        The final status: "finished", "stopped" or "failed".

    Raises:
        ThawError: If the run is being worked on, has finished, or was started before and
            `resume` was not asked for; or if its folder takes nothing, or is gone. What else
            goes wrong later is in the run's state.
    """
    lock = portable.FileLock(run.path / "lock")
    try:
        if not lock.acquire():
            raise ThawError("runs.already_running", run=run.id)
        # Checked under the lock: a late starter must not train a finished run again.
        check_startable(run, resume=resume)
        _delete_leftovers(run)
        attempt = run.next_attempt()
        if not torchrun.place().restarts:  # else it was meant by the attempt that was lost
            supervisor.forget_old_stop(run, attempt)
        report = RunReport(run, attempt, say)
        if said := _said_before(run, attempt):
            return report.ended("failed", said.id, dict(said.values))
        return _train_and_tell(run, attempt, report, partial(_joined, run, attempt, report),
                               unfreeze, changes)
    except OSError as error:  # where its state would say so, nothing can be written
        path, why = str(run.path), error.strerror
        raise ThawError("places.unwritable", path=path, why=why) from error
    finally:
        lock.release()


def follow(
    device: str, *, unfreeze: Sequence[str] = (), changes: Mapping[str, object] | None = None
) -> str:
    """Trains a run beside the first of its processes, which tells which run it is.

    Args:
        device: Where the recipe trains.
        unfreeze: As the first process has it.
        changes: As the first process has it.

    Returns:
        As `work` does.
    """
    ranks = join(torchrun.place(), device)
    for one in (signal.SIGTERM, signal.SIGINT):  # the first process decides when all of them stop
        signal.signal(one, lambda *_: None)
    attempt, path = ranks.told_text("").split(maxsplit=1)
    run = Run(Path(path))
    report = Follower(run, int(attempt), ranks)
    return _train_and_tell(run, int(attempt), report, lambda: ranks, unfreeze, changes)


def _delete_leftovers(run: Run) -> None:
    """Deletes what writers that were killed left half written.

    In the folder itself others write too: its starter tells of the launch, a person renames it.
    """
    for half in run.path.glob("**/*.part"):
        pid = (half.name.split(".")[-3:-2] or [""])[0]  # see `portable.write_atomic`
        is_another = pid.isdecimal() and pid != str(os.getpid())
        if half.parent == run.path and is_another and not portable.is_left_behind(pid):
            continue
        half.unlink(missing_ok=True)


def _joined(run: Run, attempt: int, report: RunReport) -> Ranks:
    """This first process with all others, which know the run by then."""
    ranks = join(torchrun.place(), run.recipe().train.device)
    # Not before: who waits for one that was lost heeds no handler, only what ends it.
    signal.signal(signal.SIGTERM, report.stop_on_signal)
    signal.signal(signal.SIGINT, report.stop_on_signal)
    ranks.told_text(f"{attempt} {run.path}")
    return ranks


def _said_before(run: Run, attempt: int) -> Problem | None:
    """Why another process had failed, where torchrun has started all of them again for it."""
    return crash.said_by_another(run, attempt - 1) if torchrun.place().restarts else None


def _is_open_already(run: Run) -> bool:
    """Whether an attempt before has opened what was asked for when torchrun began."""
    begun = (run.launch() or {}).get("attempt", 1)
    return torchrun.place().restarts > 0 and max(run.attempts(), default=0) >= begun


def _train_and_tell(
    run: Run, attempt: int, report: RunReport | Follower, join: Callable[[], Ranks],
    unfreeze: Sequence[str], changes: Mapping[str, object] | None,
) -> str:
    """Runs the training; every way it can end becomes a status with its reason."""
    try:
        recipe = run.present_recipe()
        ranks = join()
        unfreeze = () if _is_open_already(run) else unfreeze
        training = prepare(run, attempt, report, unfreeze, changes, ranks)
        recipe = training.recipe
        report.began(training)
        fit(training, report)
        if "group" in run.meta():  # of an experiment, which compares what its runs are in the end
            report.phase_began("test")
            report.tested(final_test.score(training))
    except Stopped:
        leave(ranks)
        return report.stopped(training.progress)
    except ThawError as error:
        log.info("failed: %s", error)
        return report.ended("failed", error.problem.id, dict(error.problem.values))
    except Exception as error:
        log.exception("the worker failed")
        failed = error
    else:
        leave(ranks)
        return report.ended("finished")
    # Outside the except block: its traceback would hold the memory that ran out.
    id, values = failures.reason_of(failed, recipe)
    if id != "training.rank_lost":
        return report.ended("failed", id, values)
    return _ended_with_others(run, attempt, report, Problem(id, values))


def _ended_with_others(
    run: Run, attempt: int, report: RunReport | Follower, lost: Problem
) -> str:
    """The end of a process that lost another one: torchrun starts all again, unless that failed.

    Args:
        lost: What to say where nothing starts again.
    """
    for _ in range(30):  # the other one may be about to say why
        if said := crash.said_by_another(run, attempt):
            return report.ended("failed", said.id, dict(said.values))
        time.sleep(0.1)
    if torchrun.place().is_last_try:
        return report.ended("failed", lost.id, dict(lost.values))
    return report.interrupted()
