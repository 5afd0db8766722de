"""Why a worker that said nothing has most likely ended, by what the system tells."""

import shutil

from core import portable
from core.messages import Problem
from core.runs.folder import Run

_FULL = 1_000_000  # bytes; a worker on a disk with less can't write what it has to say


def reason(run: Run, epoch: int) -> Problem:
    """What to say of a crashed run.

    Args:
        epoch: That was under way.
    """
    if said := said_by_another(run, run.next_attempt() - 1):
        return said
    values = {"epoch": epoch}
    attempts = run.attempts()
    before = attempts[max(attempts)].get("oom_kills") if attempts else None
    now = portable.oom_kills()
    if before is not None and now is not None and now > before:
        return Problem("runs.crashed_memory", values)
    try:
        if shutil.disk_usage(run.path).free < _FULL:
            return Problem("runs.crashed_disk", values)
    except OSError:  # the disk was taken away
        return Problem("runs.crashed", values)
    saved = (run.path / "checkpoints" / "latest.json").exists()
    return Problem("runs.crashed" if saved else "runs.crashed_unsaved", values)


def said_by_another(run: Run, attempt: int) -> Problem | None:
    """Why an attempt of several processes failed in one that was not the first, if it said so."""
    paths = sorted((run.path / "attempts").glob(f"{attempt}.rank*.json"))
    found = [Problem(one["id"], one["values"]) for one in map(portable.read_json, paths) if one]
    # That another one was lost is what the others say when one has failed.
    return min(found, key=lambda problem: problem.id == "training.rank_lost", default=None)
