"""Runs that were begun, ended early, and wait in the queue to go on from their checkpoint.

What waits for which end is in the run's `meta.json`: as soon as anybody has let the run go on, or
tried to, it no longer holds.
"""

from core import portable
from core.messages import ThawError
from core.recipe import Recipe
from core.runs.checkpoints import list_checkpoints
from core.runs.folder import Run, set_meta

_AFTER = "goes_on_after"


def was_begun(run: Run) -> bool:
    """Whether a worker has worked on it, or was launched to."""
    return run.state() is not None or run.launch() is not None


def waits(run: Run) -> bool:
    """Whether it waits to go on from where it is now; it does not run at this moment."""
    after = run.meta().get(_AFTER)
    return after is not None and after == _where(run)


def mark(run: Run, place: int) -> None:
    """Gives it a place in the queue, to go on from where it is.

    Raises:
        OSError: If that can't be written.
    """
    set_meta(run, **{_AFTER: _where(run), "place": place})


def unmark(run: Run) -> None:
    """Takes its place away; what it has stays as it is.

    Raises:
        OSError: If that can't be written.
    """
    meta = {key: value for key, value in run.meta().items() if key not in (_AFTER, "place")}
    portable.write_json(run.path / "meta.json", meta)


def can_go_on(run: Run, recipe: Recipe) -> bool:
    """Whether going on leads to what a new run of the recipe would lead to.

    A run does that has a checkpoint and trained by this recipe alone. One that failed again after
    it went on, and came no further, does not: a new run may.

    Args:
        run: That ended early.
    """
    try:
        trained = (run.recipe(), run.present_recipe())
    except ThawError:
        return False
    is_same = all(one.model_copy(update={"name": recipe.name}) == recipe for one in trained)
    return is_same and bool(list_checkpoints(run)) and not _failed_at_once(run)


def _failed_at_once(run: Run) -> bool:
    state, attempts = run.state() or {}, run.attempts()
    attempt = state.get("attempt", 1)
    if state.get("status") != "failed" or attempt == 1:
        return False
    # It has no file where its checkpoint could not be read, or its images are others.
    first = attempts.get(attempt, {}).get("first_step")
    return first is None or state.get("step", 0) <= first


def _where(run: Run) -> list[float | int | None]:
    """When the newest attempt was launched, and which attempt has spoken."""
    return [(run.launch() or {}).get("time"), (run.state() or {}).get("attempt", 0)]
