"""Runs that were begun, ended early, and wait in the queue to go on from their checkpoint.

What waits for which end is in the run's `meta.json`: as soon as anybody has let the run go on, or
tried to, it no longer holds.
"""

from core.messages import ThawError
from core.recipe import Recipe
from core.runs import changes
from core.runs.changes import Changes
from core.runs.checkpoints import list_checkpoints
from core.runs.folder import Run
from core.runs.meta import drop_meta, set_meta

_AFTER, _WITH = "goes_on_after", "goes_on_with"


def was_begun(run: Run) -> bool:
    """Whether a worker has worked on it, or was launched to."""
    return run.state() is not None or run.launch() is not None


def waits(run: Run) -> bool:
    """Whether it waits to go on from where it is now; it does not run at this moment."""
    after = run.meta().get(_AFTER)
    return after is not None and after == _where(run)


def changes_of(run: Run) -> Changes:
    """What is to be changed when it goes on from where it waits."""
    return changes.read(run.meta().get(_WITH)) if waits(run) else Changes()


def mark(run: Run, place: int, with_changes: Changes) -> None:
    """Gives it a place in the queue, to go on from where it is.

    Raises:
        OSError: If that can't be written.
        ThawError: If another process changes it and does not end.
    """
    set_meta(run, **{_AFTER: _where(run), _WITH: with_changes.as_json(), "place": place})


def unmark(run: Run) -> None:
    """Takes its place away; what it has stays as it is.

    Raises:
        OSError: If that can't be written.
        ThawError: If another process changes it and does not end.
    """
    drop_meta(run, _AFTER, _WITH, "place")


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
    return first is None or bool(state.get("of_before")) or state.get("step", 0) <= first


def _where(run: Run) -> list[float | int | None]:
    """When the newest attempt was launched, and which attempt has spoken."""
    return [(run.launch() or {}).get("time"), (run.state() or {}).get("attempt", 0)]
